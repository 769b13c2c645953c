"""Writes the stamp of a database that something else built, once it is known which revision it equals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from todo_db.apply import ledger
from todo_db.errors import ApplyError

if TYPE_CHECKING:
    from todo_db.apply.upgrade import Session

# as Alembic itself makes it
_CREATE = (
    "CREATE TABLE IF NOT EXISTS {table} (version_num varchar(32) NOT NULL, "
    "CONSTRAINT {key} PRIMARY KEY (version_num))"
)


def stamp(session: Session, revisions: Sequence[str]) -> None:
    """Make the version table hold these revisions and no other, in one transaction; the lock has to be held.

    It is written into the ledger. Raises ApplyError, with nothing changed, where the database refuses.
    """
    import psycopg
    from psycopg import sql

    layout, connection = session.history.layout, session.connection
    schema = (layout.version_table_schema,) if layout.version_table_schema else ()
    table = sql.Identifier(*schema, layout.version_table)
    key = sql.Identifier(f"{layout.version_table}_pkc")
    book = session.recorder.ledger
    line = book.begin(connection, ", ".join(revisions) or "base", "stamp", None)
    try:
        with connection.transaction():
            connection.execute(sql.SQL(_CREATE).format(table=table, key=key))
            connection.execute(sql.SQL("DELETE FROM {}").format(table))
            for revision in revisions:
                connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(table), (revision,))
            book.close(connection, line, ledger.APPLIED, "the schema was found to be this revision's")
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        book.close(connection, line, ledger.FAILED, reason)
        raise ApplyError(
            f"the database could not be stamped: {reason}; nothing was changed", where=session.target.shown
        ) from error
