"""The log of migrations for people (`migrations.md`): an entry per revision, added and never rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from todo_db.sources.history import History, Revision

HEAD = """\
# Migrations

An entry for each revision, the newest last. `todo-db` adds to it and leaves alone what is there.
"""
_ENTRY = re.compile(r"^#{1,6}\s+`?(\w[\w.-]*)", re.MULTILINE)
NOTHING = "nothing is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is said of a revision. impact: additive, alters, data or destructive. losses: of data."""

    id: str
    down: str | None
    message: str
    path: str
    day: str
    what: Sequence[str]
    impact: str
    hazards: Sequence[str] = ()
    losses: Sequence[str] = ()

    def __str__(self) -> str:
        back = f"`todo-db migrate down {self.down or 'base'}`; {'; '.join(self.losses) or NOTHING}"
        rows = (
            ("What", "; ".join(self.what) or "nothing in the schema"),
            ("Why", self.message),
            ("Impact", self.impact),
            ("Hazards", ", ".join(h.replace("-", " ") for h in self.hazards) or "none"),
            ("Rollback", back),
            ("File", f"`{self.path}`"),
        )
        title = f"## {self.id} ({self.day}) {_line(self.message)}"
        return "\n".join([title, "", *(f"- **{name}**: {_line(text)}" for name, text in rows)]) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def add(path: Path, entries: Iterable[Entry]) -> str | None:
    """Append the entries that the log does not have; gives why it could not be written, if it could not."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else HEAD
        known = set(_ENTRY.findall(text))
        new = [str(e) for e in entries if e.id not in known]
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([text.rstrip("\n") + "\n", *new]), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"the log could not be written: {error}"
    return None


def missing(path: Path | None, history: History) -> list[Revision]:
    """Revisions without an entry that come after one with it; where none has one, the newest."""
    if path is None:
        return []
    try:
        known = set(_ENTRY.findall(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        known = set()
    every = list(history.revisions.values())
    first = next((n for n, r in enumerate(every) if r.id in known), max(len(every) - 1, 0))
    return [r for r in every[first:] if r.id not in known]
