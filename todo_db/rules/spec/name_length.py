"""A name has at most 63 bytes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.names import other_names, tables_and_columns
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD320",
    name="name-length",
    severity=Severity.ERROR,
    title="A name has more than 63 bytes",
    reason="""
PostgreSQL cuts longer names off and says so only in a notice. Two that differ at the end become one
and the second fails; one that was cut is not found again by its full name, so the next migration
drops what does not exist. Bytes count, not letters: `ü` is two, `任` three.
""",
    example="""
Wrong: `idx_task_assignment_notifications_recipient_user_id_and_created_at_descending` (77 bytes).

Right: `idx_notifications_recipient_created` (35 bytes).
""",
)
LIMIT = 63


def check(tables: Tables) -> Iterator[Finding]:
    """Names of tables, columns, indexes, constraints and types that would be cut off."""
    for name in chain(tables_and_columns(tables), other_names(tables)):
        size = len(name.text.encode())
        if size > LIMIT:
            yield RULE.finding(
                name.kind,
                name.object,
                f"{name.kind} name {name.text} has {size} bytes; PostgreSQL keeps {LIMIT}",
                [name.place],
                side=SIDE,
                stated=f"{size} bytes",
                hint=f"shorten it to {LIMIT} bytes",
            )
