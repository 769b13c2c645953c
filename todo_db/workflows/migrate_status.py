"""migrate status: which revision the database is at, and what keeps it from the newest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from todo_db.apply import ledger
from todo_db.apply.ledger import Entry
from todo_db.apply.upgrade import open_session
from todo_db.findings import Finding
from todo_db.revisions import rules, sums
from todo_db.sources import history as histories
from todo_db.sources.history import History, Revision
from todo_db.sources.workspace import Workspace
from todo_db.workflows.logged import unlogged
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import report

COMMAND = "migrate status"


def status(ws: Workspace) -> Outcome:
    """Findings for pending, unknown and edited revisions; without any, the database is where it should be.

    Raises HistoryError (exit 3) for two heads, UndeterminedError where the database cannot be reached.
    """
    history = histories.read(ws.settings)
    head = history.head()
    with open_session(ws.migrate_target, ws.settings, history, ws.say) as session:
        stamps = session.stamps()
        lines = ledger.read(session.connection, history.layout)
    waiting = history.between(stamps, head)
    findings = [*_unknown(history, stamps), *_edited(ws, history, stamps), *_pending(ws, waiting)]
    findings += unlogged(ws, history)
    said = [_sentence(ws, history, stamps, waiting), *_told(lines)]
    facts = {**_facts(ws, history, stamps, waiting), "ledger": [_line(e) for e in lines or ()]}
    told = report(ws, COMMAND, findings, notes=said, **facts)
    return Outcome(told, "\n".join(said))


_NEWEST = 10


def _told(lines: Sequence[Entry] | None) -> list[str]:
    """The newest lines of the ledger for people, the newest first."""
    if lines is None:
        return []
    more = [f"… and {len(lines) - _NEWEST} more (--format json)"] if len(lines) > _NEWEST else []
    return [_in_words(e) for e in lines[:_NEWEST]] + more


def _in_words(entry: Entry) -> str:
    took = f" in {(entry.finished - entry.started).total_seconds():.2f} s" if entry.finished else ""
    what = {"upgrade": "", "downgrade": "taking back ", "stamp": "stamp "}.get(entry.action, "")
    who = entry.role if entry.role == entry.os_user else f"{entry.role} ({entry.os_user or 'unknown'})"
    where = f"{entry.host}{f', {entry.ci}' if entry.ci else ''}"
    detail = f": {entry.detail}" if entry.detail else ""
    when = f"{entry.started.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    point = f", restore point {entry.restore_point}" if entry.restore_point else ""
    done = f"{when} {what}{entry.revision} {entry.outcome}{took}{detail}"
    return f"{done}; by {who} on {where}, {entry.tool}{point}"


def _line(entry: Entry) -> dict[str, Any]:
    values = {f.name: getattr(entry, f.name) for f in fields(entry)}
    seconds = (entry.finished - entry.started).total_seconds() if entry.finished else None
    times = {n: v.isoformat() if v else None for n in ("started", "finished") for v in [values[n]]}
    return {**values, **times, "seconds": seconds}


def _sentence(ws: Workspace, history: History, stamps: Sequence[str], waiting: Sequence[Revision]) -> str:
    where = ws.migrate_target.shown
    if not history.revisions:
        return f"{where}: there are no revisions yet"
    at = ", ".join(f"{s} ({history.revisions[s].message})" if s in history.revisions else s for s in stamps)
    behind = f"{len(waiting)} revision(s) behind" if waiting else "the newest revision"
    return f"{where}: at {at or 'no revision'}, {behind}"


def _facts(
    ws: Workspace, history: History, stamps: Sequence[str], waiting: Sequence[Revision]
) -> dict[str, Any]:
    pending = {r.id for r in waiting}
    rows = [
        {
            "revision": r.id,
            "message": r.message,
            "path": ws.settings.relative(r.path),
            "applied": r.id not in pending,
        }
        for r in history.revisions.values()
    ]
    return {"stamp": list(stamps), "head": history.head(), "revisions": rows}


def _pending(ws: Workspace, waiting: Iterable[Revision]) -> Iterable[Finding]:
    for revision in waiting:
        said = f"revision {revision.id} is not applied: {revision.message}"
        at = [rules.place(ws.settings, revision)]
        yield rules.finding(rules.PENDING, revision.id, said, at, "todo-db migrate")


def _unknown(history: History, stamps: Sequence[str]) -> Iterable[Finding]:
    for name in history.unknown(stamps):
        said = f"revision {name} is what the database is stamped with, and the history does not have it"
        yield rules.finding(
            rules.UNKNOWN_STAMP, name, said, hint="get the revision file from where it was applied"
        )


def _edited(ws: Workspace, history: History, stamps: Sequence[str]) -> Iterable[Finding]:
    for revision in sums.edited(history, history.up_to(stamps)):
        said = f"revision {revision.id} was edited after it had been applied"
        hint = "put the old content back, and write a new revision"
        yield rules.finding(rules.EDITED, revision.id, said, [rules.place(ws.settings, revision)], hint)
