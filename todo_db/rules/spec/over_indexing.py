"""A table has the indexes that its queries need, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Lookup, Table, Tables

RULE = HouseRule(
    code="TD321",
    name="over-indexing",
    severity=Severity.WARNING,
    title="A table has more indexes than its queries are likely to need",
    reason="""
Each index is written with each new row and with each update that is not confined to columns without
one (PostgreSQL can then no longer keep the row on its page), is vacuumed, and takes memory from what
is read. Six or more beside the keys and the unique constraints, on at least half as many columns,
slow every write down for queries that one index over two columns would serve as well.

Two kinds are remarked on (info) one by one: an index on a boolean alone, which leads to half of the
table and is passed over by the planner, and two indexes on the same columns in another order.
Partial and expression indexes are chosen for a query and are not counted, nor is what an index
repeats of another one (TD318).
""",
    example="""
Before: single indexes on user_id, completed, priority, due_date, created_at and updated_at.

After: `idx_tasks_user_completed` on (user_id, completed), `idx_tasks_user_due` on (user_id,
due_date); `todo-db advise` measures which ones the queries use.
""",
)
_MANY = 6


def check(tables: Tables) -> Iterator[Finding]:
    """Tables with many indexes, and indexes of the kinds that seldom serve a query."""
    for table in tables.own:
        plain = [found for found in table.lookups if _is_plain(found)]
        if len(plain) >= max(_MANY, len(table.spec.columns) / 2):
            yield _many(table, plain)
        for index in plain:
            if _is_boolean(table, index):
                said = f"{index.label} is on a boolean alone, which finds half of the table"
                hint = "put it behind the owner in one index, or make it partial (WHERE NOT …)"
                yield _remark(table, index, [index], said, hint)
        for number, index in enumerate(plain):
            turned = next((o for o in plain[:number] if _is_turned(o, index)), None)
            if turned is not None:
                said = f"{index.label} has the columns of {turned.label} in another order"
                yield _remark(table, index, [index, turned], said, "keep the order that the queries need")


def _is_plain(found: Lookup) -> bool:
    """An index that is none of a key's, holds every row and has no expression."""
    plain = found.spec is not None and found.unique is not True and found.whole
    return plain and not any("(" in column for column in found.columns)


def _is_boolean(table: Table, index: Lookup) -> bool:
    column = table.column(index.columns[0]) if len(index.columns) == 1 else None
    return column is not None and str(column.type).lower() in ("boolean", "bool")


def _is_turned(one: Lookup, other: Lookup) -> bool:
    return one.columns != other.columns and sorted(one.columns) == sorted(other.columns)


def _many(table: Table, plain: list[Lookup]) -> Finding:
    return RULE.finding(
        "table",
        table.object(),
        f"table {table.name} has {len(plain)} indexes beside its keys, on {len(table.spec.columns)} columns",
        [index.place for index in plain],
        side=SIDE,
        stated=", ".join(f"({', '.join(index.columns)})" for index in plain),
        hint="join single indexes into the few that the queries ask for",
    )


def _remark(table: Table, index: Lookup, about: list[Lookup], said: str, hint: str) -> Finding:
    return RULE.finding(
        "index",
        table.object(index.label if index.spec and index.spec.name else ", ".join(index.columns)),
        said,
        [found.place or table.place() for found in about],
        side=SIDE,
        stated=", ".join(index.columns),
        hint=hint,
        severity=Severity.INFO,
    )
