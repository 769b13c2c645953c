"""A foreign key says what happens when the row that it points to is deleted."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables
from todo_db.spec.document import UNSAID

RULE = HouseRule(
    code="TD309",
    name="foreign-key-on-delete",
    severity=Severity.WARNING,
    title="A foreign key has no ON DELETE rule",
    reason="""
Without a rule PostgreSQL refuses to delete a row that others refer to (NO ACTION), which is first
noticed when a user wants their account deleted. Which rule is right is a decision about data, so it
is asked: shall the children go with their parent (CASCADE), stay without one (SET NULL, on a column
that may be null), or keep the parent from being deleted (RESTRICT, which says the same as NO ACTION
and shows that it was meant)?
""",
    example="""
Unclear: `task_id integer REFERENCES tasks(id)`.

Clear: `task_id integer REFERENCES tasks(id) ON DELETE CASCADE`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Foreign keys whose rule is unsaid (asked), or is said to be none."""
    for table in tables.own:
        for key in table.foreign_keys:
            rule = key.target.on_delete
            if rule not in (UNSAID, None, "no action"):
                continue
            what = f"a row of {key.target.table}"
            said = (
                f"what happens to {table.name} when {what} is deleted? {key.label} has no ON DELETE rule"
                if rule is UNSAID
                else f"{what} cannot be deleted while {table.name}.{key.label} refers to it"
            )
            yield RULE.finding(
                "foreign key",
                table.object(*key.columns),
                said,
                [key.place or table.place()],
                side=SIDE,
                stated=None if rule is UNSAID else "NO ACTION",
                hint="write ON DELETE CASCADE, SET NULL or RESTRICT",
                question=rule is UNSAID,
            )
