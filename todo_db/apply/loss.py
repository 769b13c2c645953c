"""Counts, on the live database, the rows whose data a change throws away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.schema import DbObject, Key

if TYPE_CHECKING:
    import psycopg

TIMEOUT = "30s"


@dataclass(frozen=True, slots=True)
class Loss:
    """A table or a column that goes. rows: those in the table, those with a value in the column.

    None: it could not be counted, and `reason` says why. estimated: there are too many to count in time.
    """

    key: Key
    rows: int | None
    estimated: bool = False
    reason: str | None = None

    def __str__(self) -> str:
        name = f"{self.key.kind} {self.key.name.removeprefix('public.')}"
        if self.rows is None:
            return f"{name} (not counted: {self.reason})"
        about = "about " if self.estimated else ""
        many = "1 row" if self.rows == 1 else f"{about}{self.rows:,} rows".replace(",", " ")
        return f"{name} ({many}{' with a value' if self.key.kind == 'column' else ''})"


def count(connection: psycopg.Connection[Any], objects: Iterable[DbObject]) -> list[Loss]:
    """What goes with these tables and columns. No policy hides a row: it fails rather than miss one."""
    return [_one(connection, o) for o in objects if o.kind in ("table", "column")]


def _one(connection: psycopg.Connection[Any], obj: DbObject) -> Loss:
    import psycopg
    from psycopg import sql

    relation = sql.Identifier(*obj.parts[:2])
    column = sql.Identifier(obj.parts[2]) if obj.kind == "column" else sql.SQL("*")
    query = sql.SQL("SELECT count({}) FROM {}").format(column, relation)
    try:
        with connection.transaction():
            connection.execute(
                "SELECT set_config('row_security', 'off', true), set_config('statement_timeout', %s, true)",
                (TIMEOUT,),
            )
            row = connection.execute(query).fetchone()
        return Loss(obj.key, row[0] if row else None)
    except psycopg.errors.QueryCanceled:
        guess = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)"
        row = connection.execute(guess, (relation.as_string(),)).fetchone()
        return Loss(obj.key, row[0] if row else None, estimated=True, reason="it takes too long")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable) as error:
        return Loss(obj.key, None, reason=error.diag.message_primary)
    except psycopg.errors.UndefinedColumn:
        return Loss(obj.key, None, reason="the database does not have it")
