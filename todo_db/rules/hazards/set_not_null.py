"""Columns that were made NOT NULL by reading the table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD542",
    name="set-not-null",
    severity=Severity.ERROR,
    title="SET NOT NULL reads all rows while nobody can use the table",
    reason="""
PostgreSQL has to be sure that there is no NULL, and reads the whole table under ACCESS EXCLUSIVE,
unless a validated CHECK says so already.
""",
    example="""
Wrong: `op.alter_column("tasks", "title", nullable=False)`.

Right: CHECK (title IS NOT NULL) NOT VALID; VALIDATE in the next revision; then SET NOT NULL, which
reads nothing, and drop the check.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Columns that were made NOT NULL by reading the table."""
    for step in subject.steps:
        keys = {e.relation.oid for e in step.of("constraint-added") if e.relation and e.after.kind == "p"}
        for event in subject.on_old(step, "column-required"):
            table = event.relation
            if table is not None and table.oid not in keys and step.scanned(table.oid):
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"all rows of {table.shown} are read for NULLs while nobody can read or write it",
                    "Instead:\n" + suggest.not_null(table, event.before),
                )
