"""diff: any two sides, as findings or as the statements that turn one into the other."""

from __future__ import annotations

from todo_db.findings import Report
from todo_db.plan import Plan, plan
from todo_db.sources.workspace import Workspace
from todo_db.workflows.judge import judge
from todo_db.workflows.sides import hold, report


def diff(ws: Workspace, a: str, b: str) -> Report:
    """What differs between two SIDEs; the findings name them `a` and `b`."""
    sides = [ws.side(a).with_side("a"), ws.side(b).with_side("b")]
    comparison, unknown = hold(ws, sides)
    return report(
        ws, "diff", judge(comparison), comparison=comparison, unknown=unknown, names={"a": a, "b": b}
    )


def diff_plan(ws: Workspace, a: str, b: str) -> Plan:
    """The changes that turn SIDE a into SIDE b; what differs in spelling only stays as it is."""
    comparison, _ = hold(ws, [ws.side(a).with_side("a"), ws.side(b).with_side("b")])
    before, after = comparison.sides
    return plan(before, after)
