"""No index does what another one already does."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Lookup, Table, Tables

RULE = HouseRule(
    code="TD318",
    name="redundant-index",
    severity=Severity.WARNING,
    title="An index does what another one already does",
    reason="""
Each index is written with each row, is kept in memory and is vacuumed. One on the same columns as
another, or as a primary key or unique constraint (which bring an index of their own), is nothing
but that cost. One on the leading columns of a longer index is rarely worth it; that is only
remarked on (info), because the shorter one is smaller and the author may have measured.

Partial, expression and unique indexes are never called redundant to ones that differ in that.
""",
    example="""
Wrong: `email text UNIQUE` and `CREATE INDEX idx_users_email ON users (email)`.

Remarked on: `idx_tasks_user_id` on (user_id) beside `idx_tasks_user_status` on (user_id, status).
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Plain indexes that another index, key or unique constraint covers."""
    for table in tables.own:
        kept = list(table.lookups)
        for lookup in table.lookups:
            if lookup.spec is None or not _is_plain(lookup):
                continue
            others = [o for o in kept if o is not lookup and o.whole and not (o.spec and o.spec.include)]
            same = next((o for o in others if _same(lookup, o)), None)
            if same is not None:
                kept.remove(lookup)  # of two equal ones only one is superfluous
                yield _finding(table, lookup, same, f"has the same columns as {same.label}", RULE.severity)
            elif longer := next((o for o in others if _begins(o, lookup)), None):
                columns = f"({', '.join(longer.columns)})"
                said = f"is the beginning of {longer.label.removesuffix(columns).rstrip()} {columns}"
                yield _finding(table, lookup, longer, said, Severity.INFO)


def _is_plain(lookup: Lookup) -> bool:
    """An ordinary index; only of such a one can be said that another does its work."""
    spec = lookup.spec
    return (
        spec is not None
        and lookup.whole
        and spec.method != "hash"
        and not spec.include
        and lookup.unique is not True
        and not any(" " in column or "(" in column for column in lookup.columns)
    )


def _same(index: Lookup, other: Lookup) -> bool:
    if index.columns != other.columns:
        return False
    return other.spec is not None or index.unique is False


def _begins(longer: Lookup, index: Lookup) -> bool:
    size = len(index.columns)
    return len(longer.columns) > size and longer.columns[:size] == index.columns


def _finding(table: Table, index: Lookup, other: Lookup, said: str, severity: Severity) -> Finding:
    return RULE.finding(
        "index",
        table.object(index.label if index.spec and index.spec.name else ", ".join(index.columns)),
        f"{index.label} {said}",
        [index.place or table.place(), other.place],
        side=SIDE,
        stated=", ".join(index.columns),
        hint="leave it out",
        severity=severity,
    )
