"""New columns, and columns with a new type, for which there is a better one."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD568",
    name="json-column",
    severity=Severity.WARNING,
    title="A column of type json",
    reason="""
json has no equality: DISTINCT, GROUP BY and UNION fail, and it cannot be indexed.
""",
    example="""
Right: jsonb.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New columns, and columns with a new type, for which there is a better one."""
    for step in subject.steps:
        for event, column in subject.new_columns(step):
            if column.type in ("json", "json[]"):
                yield subject.finding(
                    RULE, step, event, "json cannot be compared, grouped or indexed", "instead: jsonb"
                )
