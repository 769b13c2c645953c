"""A point in time is stored with its zone."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables

RULE = HouseRule(
    code="TD303",
    name="timestamp-zone",
    severity=Severity.WARNING,
    title="A timestamp has no time zone",
    reason="""
`timestamp` keeps the digits of a clock and forgets whose clock it was. Two servers, or one server in summer
and in winter, write different moments as the same value. `timestamptz` takes the same 8 bytes, stores the
moment in UTC, and is what SQLModel 0.0.45 and later makes of `datetime`.

`datetime` is no type of PostgreSQL and says nothing about the zone: that is asked once per table.
""",
    example="""
Wrong: `created_at TIMESTAMP NOT NULL DEFAULT now()`.

Right: `created_at TIMESTAMPTZ NOT NULL DEFAULT now()`. An existing column is converted with
`ALTER TABLE tasks ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC'`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """A finding per column without a zone; a question per table for columns that leave it open."""
    for table in tables.own:
        for column in table.spec.columns:
            if _base(str(column.type)) == "timestamp":
                yield RULE.finding(
                    "column",
                    table.object(column.name),
                    f"column {table.name}.{column.name} is a timestamp without time zone",
                    [table.place(column.name, "type")],
                    side=SIDE,
                    stated=str(column.type),
                    hint="write timestamptz",
                )
        yield from _ask(table)


def _ask(table: Table) -> Iterator[Finding]:
    unclear = [c for c in table.spec.columns if _base(str(c.type)) == "datetime"]
    if unclear:
        names = ", ".join(c.name for c in unclear)
        yield RULE.finding(
            "table",
            table.object(),
            f"do {names} of {table.name} keep the time zone? `datetime` does not say",
            [table.place(c.name, "type") for c in unclear],
            side=SIDE,
            hint="write timestamptz",
            severity=Severity.INFO,
            question=True,
        )


def _base(type_: str) -> str:
    name, _, rest = type_.lower().partition("(")
    return "" if "with time zone" in rest else name.replace(" without time zone", "").strip()
