"""What one target of a fleet is, without changing it: its stamp, and where it is not what that says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from todo_db.sources import history as histories
from todo_db.sources.workspace import Workspace

if TYPE_CHECKING:
    from todo_db.findings import Report
    from todo_db.schema import Schema
    from todo_db.sources.history import History

AS_IT_SHOULD_BE, BEHIND, DIFFERS = "as it should be", "behind", "differs"
Json = dict[str, Any]


def look(ws: Workspace, *, deep: bool) -> Json:
    """The outcome, the stamp, what is pending, and the findings as JSON.

    deep: read the schema and hold it against what the stamp says; else only the stamp is read.
    Raises what reading raises.
    """
    history = histories.read(ws.settings)
    if deep:
        live = ws.side("live")
        stamps = live.revisions or ()
        told = _drift(ws, history, live)
    else:
        stamps = _stamps(ws, history)
        told = None
    unknown = history.unknown(stamps)
    pending = [] if unknown else [r.id for r in history.between(stamps, history.head())]
    found = told.findings if told is not None else ()
    outcome = DIFFERS if found or unknown else BEHIND if pending else AS_IT_SHOULD_BE
    return {
        "outcome": outcome,
        "stamp": list(stamps),
        "unknown_stamp": unknown,
        "pending": pending,
        "findings": [{**f.as_dict(), "ways": []} for f in found],
        "unknown": [f"{u.object}: {u.reason}" for u in told.unknown] if told is not None else [],
    }


def _stamps(ws: Workspace, history: History) -> tuple[str, ...]:
    from todo_db.apply import stamp
    from todo_db.postgres import tenant
    from todo_db.postgres.connect import connect

    with connect(ws.read_target, read_only=True, on_wait=ws.say) as connection:
        if ws.settings.tenant is not None:
            tenant.path_of(connection, ws.settings.tenant, ws.read_target.shown)
        return stamp.read(connection, history.layout) or ()


def _drift(ws: Workspace, history: History, live: Schema) -> Report:
    """Live against what its own stamp says; where that is not so, whether the stamp is what is wrong."""
    from todo_db.sources import migrations
    from todo_db.sources.matching import marked_external
    from todo_db.workflows.judge import judge, usual
    from todo_db.workflows.sides import hold, report
    from todo_db.workflows.stamp import standing

    stamps, findings, unknown = live.revisions or (), [], live.unknown
    live = marked_external(ws, live)
    if not history.unknown(stamps):
        expected = migrations.at(ws, history, list(stamps)).with_side("migrations")
        comparison, unknown = hold(ws, [expected, live])
        findings = judge(comparison)
    if findings or history.unknown(stamps):
        stand = standing(ws, live, is_head=False)
        if stand.finding is not None:
            findings = [stand.finding, *(findings if stand.right else ())]
    return report(ws, "drift", usual(findings, ws.settings), unknown=unknown)
