"""Columns of existing tables that are no longer there."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD552",
    name="drop-column",
    severity=Severity.ERROR,
    title="A column is dropped with its values",
    reason="""
The values are gone and no downgrade brings them back. Code that is running names the column and
fails at once.
""",
    example="""
Right: first deploy code that no longer names it, then drop it, and say so: `# todo-db: allow TD552
unused since 2.3`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Columns of existing tables that are no longer there."""
    for step in subject.steps:
        for event in subject.on_old(step, "column-dropped"):
            yield subject.finding(
                RULE,
                step,
                event,
                "its values are gone, and running code that names the column fails",
                "deploy code that does without it first; then allow it here: # todo-db: allow TD552 (reason)",
            )
