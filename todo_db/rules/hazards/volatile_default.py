"""New columns whose default was measured to rewrite the table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD525",
    name="volatile-default",
    severity=Severity.ERROR,
    title="A new column's default is computed for every row",
    reason="""
A constant default is stored once, in the catalog. A volatile one (`random()`, `gen_random_uuid()`,
`clock_timestamp()`) has to be computed for each row, so the whole table is written anew while
nobody can use it.
""",
    example="""
Wrong: `ADD COLUMN token uuid DEFAULT gen_random_uuid()`.

Right: add the column without a default, `SET DEFAULT` for new rows, fill the others in batches.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New columns whose default was measured to rewrite the table."""
    for step in subject.steps:
        for event, table in subject.rewriting_columns(step):
            column = event.after
            if column.default and not column.generated and not column.identity and not column.serial:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"the default {column.default} is computed row by row: all of "
                    f"{table.shown} is written anew, "
                    "and nobody can read or write it meanwhile",
                    "Instead:\n" + suggest.new_column(table, column, column.default),
                )
