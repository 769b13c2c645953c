"""The rows of one user are found by an index."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD306",
    name="owner-index",
    severity=Severity.WARNING,
    title="No index begins with the column that says whose a row is",
    reason="""
Every query of a user's own rows filters by the owner, and so does every row level security policy.
Without an index that begins with it, each of them reads the rows of all users, and deleting a user
does so too. It is a warning: answers stay right and become slow as the table grows.

An index on more columns, a primary key or a unique constraint counts when the owner stands first in it.
Where the specification lists no indexes at all, this is a question (info).
""",
    example="""
Wrong: `### Indexes` with `idx_tasks_status` on (status) only.

Right: `idx_tasks_user_status` on (user_id, status), or `idx_tasks_user_id` on (user_id).
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Owner columns without an index."""
    for table in tables.own:
        owner = tables.owner(table)
        indexed = table.indexed((owner.name,)) if owner is not None else True
        if owner is None or indexed is True:
            continue
        name = f"{table.name}.{owner.name}"
        said = (
            f"no index of {table.name} begins with {owner.name}"
            if indexed is False
            else f"is {name} indexed?"
        )
        yield RULE.finding(
            "column",
            table.object(owner.name),
            said,
            [table.place(owner.name, "index")],
            side=SIDE,
            hint=f"add an index on ({owner.name}) or on ({owner.name}, what is filtered by most)",
            severity=RULE.severity if indexed is False else Severity.INFO,
            question=indexed is not False,
        )
