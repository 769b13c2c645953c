"""The specification says whose the rows of a table are, or that everybody shares them."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables, is_users
from todo_db.spec.document import UNSAID

RULE = HouseRule(
    code="TD307",
    name="ownership-unclear",
    severity=Severity.WARNING,
    title="Whose are the rows of this table?",
    reason="""
Isolation can be proven only where it is said. A table with neither an owner nor a word about being
shared is where a user's data is forgotten when the others are filtered and get their policies.

It is asked only in specifications that have users. A table that refers to a table with an owner belongs to
the same user and is not asked about.
""",
    example="""
Unclear: `tags: id, name` beside `tasks: id, user_id, title`.

Clear: a column `user_id` that refers to users; or `owner: null` in YAML, which says that the rows are
everybody's; or `owner: created_by` where the column has another name.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Questions about tables that neither belong to somebody nor say that they are shared."""
    if not tables.have_users:
        return
    for table in tables.own:
        if table.spec.owner is not UNSAID or tables.belongs(table) or not table.spec.columns:
            continue
        candidates = _to_users(table)
        said = (
            f"is it {' or '.join(candidates)}, or" if candidates else "a user's (which column says so?), or"
        )
        yield RULE.finding(
            "table",
            table.object(),
            f"whose are the rows of {table.name}: {said} are they shared by all?",
            [table.place()],
            side=SIDE,
            hint="name the owner (owner: user_id), or say that the table is shared (owner: null in YAML)",
            question=True,
        )


def _to_users(table: Table) -> list[str]:
    return [key.label for key in table.foreign_keys if is_users(key.target.table)]
