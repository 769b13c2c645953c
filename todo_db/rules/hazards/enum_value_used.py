"""Revisions that fail because a label is not committed yet."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD565",
    name="enum-value-used",
    severity=Severity.ERROR,
    title="A new enum label is used in the transaction that adds it",
    reason="""
PostgreSQL refuses it: the label has to be committed first.
""",
    example="""
Right: `ALTER TYPE … ADD VALUE` in a revision of its own; the default or the rows that use it in the
next.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Revisions that fail because a label is not committed yet."""
    for failure in subject.measured.failures:
        if failure.sqlstate == "55P04":
            yield subject.finding(
                RULE,
                failure.line or 1,
                "",
                failure.message,
                "add the label in a revision of its own, before this one",
            )
