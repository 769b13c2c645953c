"""Columns that were NOT NULL."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD562",
    name="drop-not-null",
    severity=Severity.WARNING,
    title="A column may be NULL from now on",
    reason="""
Code that is running reads the column and relies on a value.
""",
    example="""
Right: deploy code that takes NULL first; then `# todo-db: allow TD562 readers take NULL since 2.3`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Columns that were NOT NULL."""
    for step in subject.steps:
        for event in subject.on_old(step, "column-optional"):
            yield subject.finding(
                RULE,
                step,
                event,
                "readers that rely on a value may meet NULL",
                "deploy code that takes NULL first; then allow it here: # todo-db: allow TD562 (reason)",
            )
