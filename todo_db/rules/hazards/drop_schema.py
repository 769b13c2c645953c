"""Schemas that were there and are no longer."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD554",
    name="drop-schema",
    severity=Severity.ERROR,
    title="A schema is dropped with everything in it",
    reason="""
Whatever lies in it goes too, also what other people put there.
""",
    example="""
Right: drop the objects that you mean, one by one; the schema when it is empty, without CASCADE.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Schemas that were there and are no longer."""
    known = set(subject.measured.first.schemas.values())
    for step in subject.steps:
        for event in step.of("schema-dropped"):
            if event.name in known:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "everything that lies in it is gone",
                    "drop what you mean by name; allow it here only with a reason: # "
                    "todo-db: allow TD554 (reason)",
                )
