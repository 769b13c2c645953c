"""A foreign key is indexed."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD308",
    name="foreign-key-index",
    severity=Severity.WARNING,
    title="A foreign key has no index",
    reason="""
PostgreSQL indexes what a foreign key points *to*, never the key's own columns. Without an index
each delete of a parent row reads the whole child table while it holds locks, and so does each list
of a parent's children.

An index, unique constraint or primary key that begins with the key's columns counts. Where the
specification lists no indexes, this is a question (info). The owner of a row has a rule of its own (TD306).
""",
    example="""
Wrong: `task_id integer NOT NULL REFERENCES tasks(id)`, and no index on it in the list of indexes.

Right: add `idx_comments_task_id` on (task_id); in SQLModel `Field(foreign_key="tasks.id", index=True)`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Foreign keys, other than the owner's, that no index serves."""
    for table in tables.own:
        owner = tables.owner(table)
        for key in table.foreign_keys:
            indexed = table.indexed(key.columns)
            if indexed is True or (owner is not None and key.columns == (owner.name,)):
                continue
            said = f"{table.name}.{key.label} refers to {key.target.table}"
            yield RULE.finding(
                "foreign key",
                table.object(*key.columns),
                f"{said} and has no index" if indexed is False else f"{said}: is it indexed?",
                [key.place or table.place()],
                side=SIDE,
                hint=f"add an index on ({key.label})",
                severity=RULE.severity if indexed is False else Severity.INFO,
                question=indexed is not False,
            )
