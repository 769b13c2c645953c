"""What the commands have to do with the log of migrations: adding entries, and telling of missing ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from todo_db.findings import Finding, Place
from todo_db.revisions import log, rules

if TYPE_CHECKING:
    from todo_db.revisions.log import Entry
    from todo_db.sources.history import History
    from todo_db.sources.workspace import Workspace


def add(ws: Workspace, *entries: Entry) -> list[str]:
    """Append to the log where there is one; gives what people should know."""
    if ws.settings.log is None:
        return []
    said = log.add(ws.settings.log, entries)
    return [said] if said else []


def unlogged(ws: Workspace, history: History) -> Iterator[Finding]:
    """A remark for each revision without an entry."""
    rule = rules.NOT_LOGGED
    for revision in log.missing(ws.settings.log, history):
        assert ws.settings.log is not None  # noqa: S101 - else nothing is missing
        yield Finding(
            rule.code,
            rule.name,
            rule.severity,
            "revision",
            revision.id,
            f"{ws.settings.relative(ws.settings.log)} has no entry for revision {revision.id}",
            places=(Place("migrations", ws.settings.relative(revision.path), 1),),
            hint=f"add one with the heading '## {revision.id} …'",
        )
