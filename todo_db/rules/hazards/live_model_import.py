"""Imports of the project's models in a revision."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD579",
    name="live-model-import",
    severity=Severity.WARNING,
    title="A revision imports today's models",
    reason="""
The revision will run for years with whatever the models are then, and fail for a column that comes
later.
""",
    example="""
Right: `sa.table("tasks", sa.column("id", sa.Integer()), …)` in the revision, with the columns as
they are now.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Imports of the project's models in a revision."""
    for name, line in subject.source.imported:
        if any(name == m or name.startswith(m + ".") for m in subject.around.modules):
            yield subject.finding(
                RULE,
                line,
                "",
                f"{name} is what the models are today; the revision runs for years",
                'sa.table("…", sa.column("…")) with the columns as they are now',
            )
