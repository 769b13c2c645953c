"""Every row of a user's table has an owner."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD304",
    name="owner-nullable",
    severity=Severity.ERROR,
    title="The column that says whose a row is may be null",
    reason="""
A row without an owner is in nobody's list, or, as soon as a query or a policy says `user_id IS NULL
OR …`, in everybody's. `user_id = :me` is neither true nor false for it, so tests of isolation do
not find it. Because it can leak, this is an error where the specification itself names the owner
(`owner: user_id`); where the column only looks like one by its name, it is a warning.

Rows that really belong to nobody (a system's templates) belong in a table of their own, or to a user of
their own.
""",
    example="""
Wrong: `user_id text REFERENCES users(id)`, may be null.

Right: `user_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Owner columns that are said to be nullable; silence is asked about by the reader."""
    for table in tables.own:
        owner = tables.owner(table)
        if owner is None or owner.nullable is not True:
            continue
        yield RULE.finding(
            "column",
            table.object(owner.name),
            f"column {table.name}.{owner.name} says whose a row is and may be null",
            [table.place(owner.name, "nullable")],
            side=SIDE,
            stated="NULL",
            hint="write NOT NULL, or say that the table is shared",
            severity=Severity.ERROR if table.spec.owner else Severity.WARNING,
        )
