"""What PostgreSQL parses an expression into: a tree whose nodes say for certain what it is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_NAME = "todo_db_parsed"
_NODE = re.compile(r"\{([A-Z0-9_]+)\b")
_FOUND = "SELECT conbin::text FROM pg_catalog.pg_constraint WHERE conname = %s AND contype = 'c'"


def parsed(connection: psycopg.Connection[Any], condition: str, relation: str | None = None) -> str | None:
    """The tree of a condition on a relation (as SQL), or on nothing; None where it cannot be a CHECK.

    Runs in a subtransaction that is always taken back.
    """
    import psycopg

    check = f"CONSTRAINT {_NAME} CHECK ({condition})"
    statement = f"ALTER TABLE {relation} ADD {check}" if relation else f"CREATE TEMP TABLE {_NAME} ({check})"
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
            row = connection.execute(_FOUND, [_NAME]).fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row is not None else None


def nodes(tree: str) -> frozenset[str]:
    """The names of all nodes in a tree: 'BOOLEXPR', 'VAR', 'FUNCEXPR' …"""
    return frozenset(_NODE.findall(tree))
