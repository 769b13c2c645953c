"""Puts proven revisions into the folder, all of them or none."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from todo_db.errors import UndeterminedError
from todo_db.revisions import document, sums
from todo_db.settings import Settings
from todo_db.sources import history as histories


def publish(
    settings: Settings, heads: Sequence[str], revisions: Sequence[tuple[str, str]], moment: dt.datetime
) -> list[Path]:
    """Write the files (message, text), named so that they sort as the history does; gives their paths.

    heads: the history's heads when they were made. Raises UndeterminedError where they are others now.
    """
    now = histories.read(settings)
    if set(now.heads) != set(heads):
        raise UndeterminedError(
            f"while the revision was proven, another one came in: {', '.join(now.heads) or 'all are gone'}",
            where=str(now.layout.folder),
            hint="run the command again: the revision has to follow the new head",
        )
    folder = now.layout.versions[0]
    folder.mkdir(parents=True, exist_ok=True)
    others = [r.path for r in now.revisions.values()]
    paths: list[Path] = []
    try:
        for message, text in revisions:
            paths.append(_place(folder, message, moment, [*others, *paths], text))
        written = histories.read(settings)
        sums.remember(written, [r for r in written.revisions.values() if r.path in paths])
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return paths


def _place(folder: Path, message: str, now: dt.datetime, others: Sequence[Path], text: str) -> Path:
    """Make the file, with a time later than that of every other, so that names sort as the history does."""
    stamps = {p.name[:14] for p in others if p.name[:14].isdigit()}
    moment = now.replace(microsecond=0)
    if stamps and f"{moment:%Y%m%d%H%M%S}" <= (last := max(stamps)):
        moment = _moment_after(last, moment)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        while True:
            path = folder / document.file_name(moment, message)
            try:
                os.link(temporary, path)  # fails where somebody else has the name, which rename would not
            except FileExistsError:
                moment += dt.timedelta(seconds=1)
            else:
                return path
    finally:
        Path(temporary).unlink()


def _moment_after(stamp: str, fallback: Any) -> dt.datetime:
    try:
        last = dt.datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return fallback  # type: ignore[no-any-return]
    return last + dt.timedelta(seconds=1)
