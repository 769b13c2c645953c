"""Puts rows into a scratch database's tables: what a revision does to rows shows with rows only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.postgres import ignored
from todo_db.sources.workspace import Workspace

if TYPE_CHECKING:
    import psycopg

    from todo_db.isolation.rows import Rows
    from todo_db.isolation.subject import Relation
    from todo_db.sources.replay import Replay

    Connection = psycopg.Connection[tuple[Any, ...]]


class Filler:
    """Keeps two rows in every table of a replayed history that takes any. rows: whether there are any."""

    def __init__(self, ws: Workspace, scratch: Replay) -> None:
        self._ws = ws
        self._scratch = scratch
        self._number = 1
        self.rows = False

    def fill(self) -> None:
        """Write rows into tables that have none; those whose constraints nothing satisfies stay empty."""
        self._with_connection(self._fill)

    def clear(self) -> None:
        """Remove all rows, also those that revisions wrote."""
        self._with_connection(self._clear)

    def _with_connection(self, work: Callable[[Connection], None]) -> None:
        import psycopg

        connection = self._scratch.connection
        with suppress(UndeterminedError):  # a server of the user's own: what policies forbid stays away
            connection = self._ws.scratch.superuser_connection(connection)
        try:
            work(connection)
        except psycopg.Error as error:
            self._ws.say(f"the tables stay as they are: {error.diag.message_primary or error}")
        finally:
            if connection is not self._scratch.connection:
                connection.close()

    def _clear(self, connection: Connection) -> None:
        from psycopg import sql

        tables = [r for r in self._relations(connection).values() if r.is_table]
        if tables:
            names = sql.SQL(", ").join(sql.Identifier(r.schema, r.relname) for r in tables)
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))

    def _relations(self, connection: Connection) -> dict[str, Relation]:
        from todo_db.isolation.subject import relations

        ours = {self._scratch.version_table.name.rpartition(".")[2], *ignored.TABLES}
        return {r.name: r for r in relations(connection) if r.relname not in ours}

    def _fill(self, connection: Connection) -> None:
        from todo_db.isolation.rows import A, B, RowError, Rows
        from todo_db.ownership.declared import Ownerships

        found = self._relations(connection)
        rows = Rows(connection, found, Ownerships(()), first_number=self._number)
        self._number += 1000
        _adopt(connection, rows)
        for relation in found.values():
            for actor in (A, B):
                if not relation.is_table or (relation.name, actor.name) in rows.made:
                    continue
                with suppress(RowError), connection.transaction():
                    rows.made[relation.name, actor.name] = rows.insert(relation, actor, deep=False)
        self.rows = bool(rows.made)


def _adopt(connection: Connection, rows: Rows) -> None:
    """Let rows that are there already be those of the two actors."""
    from psycopg import sql

    from todo_db.isolation.rows import A, B

    one = sql.SQL("(SELECT {}::text, tableoid, ctid::text FROM {} LIMIT 2)")
    tables = [r for r in rows.relations.values() if r.is_table]
    if not tables:
        return
    asked = [one.format(sql.Literal(r.name), sql.Identifier(r.schema, r.relname)) for r in tables]
    for name, table, place in connection.execute(sql.SQL(" UNION ALL ").join(asked)):
        actor = B if (name, A.name) in rows.made else A
        rows.made[name, actor.name] = ({}, (table, place))
