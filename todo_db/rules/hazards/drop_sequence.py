"""Sequences that went without the column that they number."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD556",
    name="drop-sequence",
    severity=Severity.WARNING,
    title="A sequence is dropped, and with it the last number that it gave",
    reason="""
Whoever makes it again begins at 1 and gives out numbers that are taken.
""",
    example="""
Right: keep it, or note `last_value` and start the new one behind it.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Sequences that went without the column that they number."""
    for step in subject.steps:
        gone = {
            e.relation.oid for e in step.of("dropped", "column-dropped") if e.relation and e.relation.is_table
        }
        for event in subject.on_old(step, "dropped"):
            if event.relation is not None and event.relation.kind == "S" and not gone:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "its last value is lost",
                    "keep it, or start the new one behind its last value",
                )
