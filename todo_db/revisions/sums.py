"""`versions.sum`: what each revision's code was when it was written or applied."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from todo_db.sources.history import History, Revision

_HEAD = "# What each revision's code was when it was written or applied; todo-db keeps it. Commit it.\n"


def read(path: Path) -> dict[str, str]:
    """Revision → hash; lines that say no such thing (those of a merge conflict) are passed over."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows if len(row) == 2 and row[1].startswith("sha256:")}


def edited(history: History, revisions: Iterable[Revision]) -> list[Revision]:
    """The revisions whose code is not what the file remembers."""
    known = read(history.layout.sums)
    return [r for r in revisions if r.id in known and known[r.id] != _sum(r)]


def remember(history: History, revisions: Iterable[Revision]) -> bool:
    """Write what these revisions' code is now; False where the folder cannot be written to.

    What is remembered of revisions that are no longer there is forgotten.
    """
    path = history.layout.sums
    known = read(path)
    kept = {name: value for name, value in known.items() if name in history.revisions}
    updated = {**kept, **{r.id: _sum(r) for r in revisions}}
    if updated == known:
        return True
    try:
        _write(path, _text(history, updated))
    except OSError:
        return False
    return True


def _sum(revision: Revision) -> str:
    return f"sha256:{revision.code_hash()}"


def _text(history: History, sums: Mapping[str, str]) -> str:
    """One line per revision, by file name, so that branches merge without conflicts."""
    order = sorted(sums, key=lambda name: history.revisions[name].path.name)
    return _HEAD + "".join(f"{name} {sums[name]}\n" for name in order)


def _write(path: Path, text: str) -> None:
    """The whole file or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".versions.sum-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
