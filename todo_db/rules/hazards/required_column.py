"""Columns that rows which are there have no value for."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD543",
    name="required-column",
    severity=Severity.ERROR,
    title="A NOT NULL column without a default",
    reason="""
The rows that are there have no value for it, so the statement fails on any table that is not empty.
Running code that does not know the column can no longer insert.
""",
    example="""
Wrong: `op.add_column("tasks", sa.Column("kind", sa.Text(), nullable=False))`.

Right: with a constant `server_default`; or nullable first, filled, then NOT NULL.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Columns that rows which are there have no value for."""
    for step in subject.steps:
        for event in subject.on_old(step, "column-added"):
            column, table = event.after, event.relation
            if (
                table is not None
                and column.required
                and not (column.default or column.identity or column.generated)
            ):
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"it fails unless {table.shown} is empty, and running code can no longer insert",
                    "Instead:\n" + suggest.new_column(table, column, None),
                )
