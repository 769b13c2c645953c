"""New columns, and columns with a new type, for which there is a better one."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD571",
    name="timestamp-without-zone",
    severity=Severity.WARNING,
    title="A timestamp without time zone",
    reason="""
It says what some clock showed and not where, so two servers, or one in summer and in winter, mean
different moments by the same value.
""",
    example="""
Right: `sa.DateTime(timezone=True)`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New columns, and columns with a new type, for which there is a better one."""
    for step in subject.steps:
        for event, column in subject.new_columns(step):
            if column.type.startswith("timestamp") and "without" in column.type:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "it does not say which moment it means",
                    "instead: sa.DateTime(timezone=True)",
                )
