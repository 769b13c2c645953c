"""A table has a primary key."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD301",
    name="primary-key",
    severity=Severity.ERROR,
    title="A table has no primary key",
    reason="""
Without a primary key a row cannot be named: SQLModel refuses to map the class (`could not assemble any
primary key columns`), foreign keys have nothing to refer to, and logical replication cannot update it.

This is said only where the specification denies that there is a key. Where it says nothing, it is
asked (TD134).
""",
    example="""
Wrong: `settings: name text, value text`, with no key said to be none.

Right: `id integer PRIMARY KEY`, or a key of what is unique anyway: `PRIMARY KEY (user_id, name)`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Tables whose every column is said not to be part of the key."""
    for table in tables.own:
        columns = table.spec.columns
        if columns and not table.primary_key and all(c.primary_key is False for c in columns):
            yield RULE.finding(
                "table",
                table.object(),
                f"table {table.name} has no primary key",
                [table.place()],
                side=SIDE,
                hint="add PRIMARY KEY to the column, or the columns, that name a row",
            )
