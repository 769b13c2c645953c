"""Which changes make PostgreSQL copy a table: it is asked, by making them on scratch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from todo_db.objects.change import Hazard
from todo_db.objects.column import Column
from todo_db.plan import Change
from todo_db.schema import Key

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

Made = tuple[str, Key]
"""What is done to which object."""


def rewriting(connection: Connection, changes: Sequence[Change]) -> frozenset[Made]:
    """The changes of columns that copy the whole table; the database is as it was afterwards."""
    import psycopg

    suspects = {_made(c) for c in changes if _may_rewrite(c)}
    if not suspects:
        return frozenset()
    found: set[Made] = set()
    try:
        with connection.transaction(force_rollback=True):
            for change in changes:
                before = _file(connection, change) if _made(change) in suspects else None
                for statement in change.statements:
                    connection.execute(statement.sql.encode(), prepare=False)
                if before is not None and _file(connection, change) != before:
                    found.add(_made(change))
    except psycopg.Error:  # a new label of an enum cannot be used before it is committed
        return frozenset(suspects)
    return frozenset(found)


def _may_rewrite(change: Change) -> bool:
    hazards = {h for s in change.statements for h in s.hazards}
    return isinstance(change.object, Column) and Hazard.REWRITES_TABLE in hazards


def _made(change: Change) -> Made:
    return (change.action, change.object.key)


def _file(connection: Connection, change: Change) -> int | None:
    """The file that the table of the column lies in."""
    column = change.object
    assert isinstance(column, Column)  # noqa: S101
    row = connection.execute("SELECT pg_relation_filenode(%s::regclass)", (column.relation,)).fetchone()
    return row[0] if row else None
