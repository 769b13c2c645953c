"""New columns, and columns with a new type, for which there is a better one."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD569",
    name="char-n",
    severity=Severity.WARNING,
    title="A column of type char(n)",
    reason="""
Values are padded with blanks, which count in some comparisons and not in others; it saves no space.
""",
    example="""
Right: text, with a CHECK on the length where it matters.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New columns, and columns with a new type, for which there is a better one."""
    for step in subject.steps:
        for event, column in subject.new_columns(step):
            if column.type.startswith(("character(", "bpchar")):
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "char(n) pads with blanks, and compares in surprising ways",
                    "instead: text, with a CHECK on its length",
                )
