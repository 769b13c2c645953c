"""Columns that were there and have another default."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD563",
    name="change-default",
    severity=Severity.INFO,
    title="A column's default changes",
    reason="""
Code that is running and leaves the column out writes another value from now on; where the model has
a default of its own the two may say different things.
""",
    example="""
Right: the same default in the model, deployed together.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Columns that were there and have another default."""
    for step in subject.steps:
        retyped = {e.name for e in step.of("column-retyped")}
        for event in subject.on_old(step, "column-default"):
            if event.before.default is not None and event.name not in retyped:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{event.before.default} → {event.after.default or 'none'}: inserts that "
                    "leave the column out change",
                    "let the model say the same",
                )
