"""The owner of a row is a user that exists."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables, is_users
from todo_db.spec.document import UNSAID, ColumnSpec

RULE = HouseRule(
    code="TD305",
    name="owner-reference",
    severity=Severity.WARNING,
    title="The owner of a row is not a foreign key to the users",
    reason="""
Without a foreign key a deleted user's rows stay behind, and a typing error in an id makes rows that
belong to nobody. It is a warning, not an error: rows are still separated by the value, and some
leave the key out on purpose because the users are managed by somebody else. Then say so: a table
that is described as `managed by Better Auth` may be referred to, and todo-db never makes or changes
it.

Where the specification says in so many words that there is no key, and others manage the users, it is only
remarked on. Where it says nothing about a key, this is a question (info).
""",
    example="""
Wrong: `user_id text NOT NULL`, no reference.

Right: `user_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Owner columns that refer to no table of users."""
    users = next((t for t in tables.every if is_users(t.name)), None)
    for table in tables.own:
        owner = tables.owner(table)
        if owner is None or any(owner.name in key.columns for key in table.foreign_keys):
            continue
        if owner.references is None and users:
            said = f"refers to no table; {users.name} holds the users"
            severity = Severity.INFO if users.external else RULE.severity
            yield _finding(table, owner, said, severity, users=users.name, question=False)
        elif owner.references is UNSAID and not tables.asked("TD133", table.name, owner.name):
            which = f"a foreign key to {users.name}" if users else "a foreign key, and to which table"
            yield _finding(
                table,
                owner,
                f"says whose a row is: is it {which}?",
                Severity.INFO,
                users=users.name if users else "users",
                question=True,
            )


def _finding(
    table: Table, owner: ColumnSpec, said: str, severity: Severity, *, users: str, question: bool
) -> Finding:
    return RULE.finding(
        "column",
        table.object(owner.name),
        f"column {table.name}.{owner.name} {said}",
        [table.place(owner.name, "references")],
        side=SIDE,
        hint=f"write REFERENCES {users}(id) ON DELETE …; describe users that others manage as `managed by …`",
        severity=severity,
        question=question,
    )
