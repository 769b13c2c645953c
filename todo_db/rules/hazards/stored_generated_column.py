"""Stored generated columns that were added to an existing table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD526",
    name="stored-generated-column",
    severity=Severity.ERROR,
    title="A stored generated column rewrites the table",
    reason="""
Its value is computed for every row and stored, which writes the whole table anew while nobody can
use it.
""",
    example="""
Right: a plain column, kept by a trigger and filled in batches; a view; or, from PostgreSQL 18, a
VIRTUAL generated column, which stores nothing.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Stored generated columns that were added to an existing table."""
    for step in subject.steps:
        for event, table in subject.rewriting_columns(step):
            if event.after.generated == "s":
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"it is computed for every row: all of {table.shown} is written anew, "
                    "and nobody can read or write it meanwhile",
                    "a plain column with a trigger, filled in batches; or a view; or VIRTUAL (PostgreSQL 18)",
                )
