"""New columns, and columns with a new type, for which there is a better one."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD570",
    name="varchar-n",
    severity=Severity.INFO,
    title="A limited varchar",
    reason="""
Making the limit smaller later reads and rewrites the table under a lock; making it bigger is free.
""",
    example="""
Right: text with `CHECK (length(title) <= 200)`, which can be changed online in both directions.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New columns, and columns with a new type, for which there is a better one."""
    for step in subject.steps:
        for event, column in subject.new_columns(step):
            if column.type.startswith("character varying("):
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "a smaller limit later rewrites the table",
                    "instead: text, with a CHECK on its length",
                )
