"""Serial and identity columns that were added to an existing table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD527",
    name="numbered-column",
    severity=Severity.ERROR,
    title="A serial or identity column rewrites the table",
    reason="""
Every row that is there gets its number at once, which writes the whole table anew while nobody can
use it.
""",
    example="""
Right: add a plain nullable column, make the sequence, `SET DEFAULT nextval(…)`, number the rows in
batches.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Serial and identity columns that were added to an existing table."""
    for step in subject.steps:
        for event, table in subject.rewriting_columns(step):
            column = event.after
            if (column.identity or column.serial) and not column.generated:
                sequence = f"{table.name}_{column.name}_seq"[:63]
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"every row is numbered at once: all of {table.shown} is written anew, "
                    "and nobody can read or write it meanwhile",
                    "Instead:\n"
                    + suggest.execute(f"CREATE SEQUENCE {quote(sequence)}")
                    + "\n"
                    + suggest.new_column(table, column, f"nextval('{sequence}')"),
                )
