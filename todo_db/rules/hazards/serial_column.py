"""New columns that are numbered by a sequence instead of an identity."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD573",
    name="serial-column",
    severity=Severity.INFO,
    title="A serial column",
    reason="""
The sequence is an object of its own, with owner and rights of its own, which are forgotten when
tables are copied or granted.
""",
    example="""
Right: `sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New columns that are numbered by a sequence instead of an identity."""
    for step in subject.steps:
        for event, column in subject.new_columns(step):
            if column.serial and not column.identity:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "its sequence has an owner and rights of its own",
                    "instead: sa.Identity()",
                )
