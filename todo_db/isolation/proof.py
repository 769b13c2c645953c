"""The proof: every operation on every table, view and function is tried as another user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from todo_db.isolation.attack import NOT_APPLICABLE, OPEN, OPERATIONS, PROVEN, UNKNOWN, Result
from todo_db.isolation.attempts import NOBODY
from todo_db.isolation.detours import DetourAttack
from todo_db.isolation.rows import Rows
from todo_db.isolation.subject import functions, relations
from todo_db.isolation.tables import TableAttack
from todo_db.ownership.declared import Ownerships

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_WEIGHT = {OPEN: 3, UNKNOWN: 2, PROVEN: 1, NOT_APPLICABLE: 0}


def prove(
    connection: Connection, ownerships: Ownerships, role: str, *, wide: bool = True, first_number: int = 1
) -> list[Result]:
    """Make rows of two users, attack them as `role`, and roll everything back.

    connection: of a role that policies do not apply to and that may become `role`. wide: also statements
    without a WHERE. first_number: where numbers of made rows start. Those attempts that need a session which
    never had a user come first.
    """
    with connection.transaction(force_rollback=True):
        found = relations(connection)
        rows = Rows(connection, {r.name: r for r in found}, ownerships, first_number)
        rows.fill()
        tables = TableAttack(connection, rows, ownerships, role, wide=wide)
        detours = DetourAttack(connection, rows, ownerships, role, wide=wide)
        own = [r for r in found if r.is_table]
        results = [r for table in own for r in tables.without_user(table, NOBODY)]
        results += [r for table in own for r in tables.table(table)]
        results += [r for view in found if not view.is_table for r in detours.view(view)]
        results += [r for function in functions(connection, role) for r in detours.function(function)]
        return results


def matrix(results: list[Result]) -> list[dict[str, Any]]:
    """One row per table, view and function; of several attempts the heaviest state counts."""
    table: dict[tuple[str, str], dict[str, str]] = {}
    for result in results:
        row = table.setdefault((result.kind, result.name), {})
        known = row.get(result.operation, NOT_APPLICABLE)
        row[result.operation] = max(known, result.state, key=_WEIGHT.__getitem__)
    return [
        {"kind": kind, "object": name, "sides": {o: row.get(o, NOT_APPLICABLE) for o in OPERATIONS}}
        for (kind, name), row in table.items()
    ]
