"""A varchar has a length."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables
from todo_db.spec.document import UNSAID

RULE = HouseRule(
    code="TD311",
    name="varchar-length",
    severity=Severity.INFO,
    title="A varchar has no length",
    reason="""
In PostgreSQL `varchar` without a length is `text`: whoever wrote it probably meant a limit, and
there is none. The limit is what keeps a title from being a megabyte, and what forms and API schemas
are made from. Where none is wanted, `text` says so.
""",
    example="""
Unclear: `title VARCHAR NOT NULL`.

Right: `title VARCHAR(200) NOT NULL`, or `description TEXT`.
""",
)
_BARE = {"varchar", "character varying", "varchar[]", "character varying[]"}


def check(tables: Tables) -> Iterator[Finding]:
    """Columns of type varchar that no length is stated for."""
    for table in tables.own:
        for column in table.spec.columns:
            if str(column.type).lower() in _BARE and column.max_length is UNSAID:
                yield RULE.finding(
                    "column",
                    table.object(column.name),
                    f"column {table.name}.{column.name} is a varchar without a length",
                    [table.place(column.name, "type")],
                    side=SIDE,
                    stated=str(column.type),
                    hint="write varchar(n), or text where any length is right",
                )
