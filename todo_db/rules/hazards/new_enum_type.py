"""Enum types that were made."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD566",
    name="new-enum-type",
    severity=Severity.INFO,
    title="A new enum type",
    reason="""
Labels can be added and renamed, never removed, and nothing more can be said of each.
""",
    example="""
A text column with a CHECK can be changed; a small table with a foreign key can hold more than a
name.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Enum types that were made."""
    for step in subject.steps:
        for event in step.of("enum-created"):
            yield subject.finding(
                RULE,
                step,
                event,
                "its labels can never be removed",
                "text with a CHECK, or a table of the values, can be changed later",
            )
