"""migrate merge: several heads become one revision, where the order of the branches does not matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from todo_db.findings import Finding, Place
from todo_db.revisions import rules
from todo_db.revisions.joining import Conflict, Order, conflicts, joined, orders
from todo_db.revisions.log import Entry
from todo_db.sources import history as histories
from todo_db.sources.history import History
from todo_db.sources.workspace import Workspace
from todo_db.workflows import logged
from todo_db.workflows.expected import keep
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import hold, report

if TYPE_CHECKING:
    from todo_db.compare import Difference

COMMAND = "migrate merge"
Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The time."""
    return dt.datetime.now(dt.UTC)


def merge(ws: Workspace, message: str | None = None, *, now: Clock = utc_now) -> Outcome:
    """Write a revision that follows all heads, if the branches build the same in whatever order.

    Otherwise findings say what the orders do not agree about, and nothing is written. Raises HistoryError
    for files that cannot be read, NotProvenError where the revision does not do what it is for.
    """
    from todo_db.revisions.publish import publish
    from todo_db.revisions.style import line_width

    history = histories.read(ws.settings)
    if len(history.heads) < 2:
        text = (
            f"nothing to do: the history has one head, {history.heads[0]}" if history.heads else "no history"
        )
        return Outcome(report(ws, COMMAND, [], revision=None), text)
    tried = orders(history, history.heads)
    said, _ = conflicts(ws, tried, lambda s: hold(ws, s)[0])
    if said:
        notes = ["no revision was written: `todo-db migrate rebase` puts the branches into one order"]
        return Outcome(report(ws, COMMAND, list(disagreements(ws, history, said)), notes=notes), "")
    message = (message or "").strip() or f"Merge {' and '.join(history.heads)}"
    moment = now()
    name, text = joined(
        ws,
        tried[0],
        lambda s: hold(ws, s)[0],
        message=message,
        moment=moment,
        width=line_width(ws.settings.root),
    )
    path = ws.settings.relative(publish(ws.settings, history.heads, [(message, text)], moment)[0])
    entry = Entry(
        id=name,
        down=None,
        message=message,
        path=path,
        day=f"{moment:%Y-%m-%d}",
        what=(f"joins {' and '.join(history.heads)}",),
        impact="none",
    )
    return _told(ws, tried, entry, logged.add(ws, entry))


def _told(ws: Workspace, tried: Sequence[Order], entry: Entry, said: Sequence[str]) -> Outcome:
    notes = [*said, *filter(None, [keep(ws)])]
    lines = [
        f"wrote {entry.path}",
        *(f"  proven on scratch: {order.name}" for order in tried),
        "every order builds the same",
        *(f"note: {n}" for n in notes),
    ]
    row: dict[str, Any] = {"revision": entry.id, "path": entry.path, "message": entry.message}
    row["merges"] = list(tried[0].heads)
    return Outcome(report(ws, COMMAND, [], **row, notes=notes), "\n".join(lines))


def disagreements(ws: Workspace, history: History, said: Sequence[Conflict]) -> Iterator[Finding]:
    """A finding for each thing that depends on the order, with the revisions that are at odds."""
    for conflict in said:
        places = tuple(rules.place(ws.settings, history.revisions[h]) for h in conflict.order.heads)
        if (error := conflict.failure) is not None:
            name, message = error.failed.revision, f"{conflict.order.name}: {error.what}"
            at = [rules.place(ws.settings, history.revisions[name], error.failed.line)]
            yield rules.finding(rules.BRANCHES_CONFLICT, name, message, at, error.hint)
        for difference in conflict.differences:
            yield _differs(difference, places)


def _differs(difference: Difference, places: tuple[Place, ...]) -> Finding:
    rule = rules.BRANCHES_CONFLICT
    fact = f": its {difference.fact.replace('_', ' ')}" if difference.fact else ""
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        difference.key.kind,
        difference.key.name,
        f"what becomes of it depends on which branch is applied last{fact}",
        sides={name: None if v is None else str(v) for name, v in difference.values.items()},
        places=places,
        hint="todo-db migrate rebase REV puts one branch behind the other; then write what it should be",
    )
