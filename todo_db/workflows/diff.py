"""diff: any two sides, as findings or as the statements that turn one into the other."""

from __future__ import annotations

from todo_db.errors import Exit
from todo_db.findings import Report
from todo_db.plan import plan
from todo_db.report import Document
from todo_db.sources.workspace import Workspace
from todo_db.workflows.judge import judge
from todo_db.workflows.sides import hold, report


def diff(ws: Workspace, a: str, b: str) -> Report:
    """What differs between two SIDEs; the findings name them `a` and `b`."""
    sides = [ws.side(a).with_side("a"), ws.side(b).with_side("b")]
    comparison, unknown = hold(ws, sides, ws.settings.compare_also)
    return report(
        ws, "diff", judge(comparison), comparison=comparison, unknown=unknown, names={"a": a, "b": b}
    )


def diff_sql(ws: Workspace, a: str, b: str) -> Document:
    """The statements that turn SIDE a into SIDE b; what differs in spelling only stays as it is.

    A difference for which there are no statements is named in the notes, and keeps the exit code from
    being 0.
    """
    comparison, unknown = hold(ws, [ws.side(a).with_side("a"), ws.side(b).with_side("b")])
    before, after = comparison.sides
    found = plan(before, after)
    text = "".join(f"{statement.sql};\n" for statement in found.statements)
    notes = [f"no statement for {r.key.kind} {r.key.name}: {r.reason}; {r.instead}" for r in found.refusals]
    notes += [f"not compared: {u.object} ({u.reason})" for u in unknown]
    return Document(text, Exit.UNDETERMINED if notes else Exit.CLEAN, tuple(notes))
