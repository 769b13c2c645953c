"""What a user filters by most is found together with the owner."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables
from todo_db.spec.document import ColumnSpec

RULE = HouseRule(
    code="TD315",
    name="composite-index",
    severity=Severity.INFO,
    title="An index on the owner and what is filtered by would serve both",
    reason="""
'My open tasks' filters by owner and status at once. Of two single indexes PostgreSQL uses one and
throws most of what it finds away, or combines both bitmaps; one index on (owner, status) leads
straight to the rows, and also serves what asks for the owner alone. This is advice, given where the
specification lists its indexes and none of them joins the owner to another column. `todo-db advise`
measures it.
""",
    example="""
Before: `idx_tasks_user_id` on (user_id), `idx_tasks_status` on (status).

After: `idx_tasks_user_status` on (user_id, status).
""",
)
_FILTERED = ("status", "completed", "is_completed", "is_complete", "done", "is_done", "state", "archived")
_ALSO = ("due_date", "due_at", "priority", "category", "is_deleted", "deleted_at", "category_id")


def check(tables: Tables) -> Iterator[Finding]:
    """Tables with an owner and a filtered column that no index joins."""
    for table in tables.own:
        owner = tables.owner(table)
        filtered = _filtered(table)
        if owner is None or filtered is None or not table.spec.lists_indexes or _joined(table, owner):
            continue
        pair = f"({owner.name}, {filtered.name})"
        yield RULE.finding(
            "table",
            table.object(),
            f"an index on {pair} would find a user's rows of {table.name} by {filtered.name} at once",
            [table.place(owner.name, "index"), table.place(filtered.name, "index")],
            side=SIDE,
            hint=f"add an index on {pair}; it makes one on ({owner.name}) alone unnecessary",
        )


def _filtered(table: Table) -> ColumnSpec | None:
    """The column to filter by: a state, else one that the author found worth an index of its own."""
    state = next((c for name in _FILTERED if (c := table.column(name)) is not None), None)
    if state is not None:
        return state
    return next(
        (c for n in _ALSO if (c := table.column(n)) is not None and table.indexed((c.name,)) is True), None
    )


def _joined(table: Table, owner: ColumnSpec) -> bool:
    """Whether an index has the owner first and more behind it, be it a condition."""
    return any(
        lookup.columns[0] == owner.name.lower()
        and (len(lookup.columns) > 1 or (lookup.spec is not None and bool(lookup.spec.where)))
        for lookup in table.lookups
        if lookup.columns
    )
