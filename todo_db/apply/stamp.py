"""Which revisions a database says that it has: Alembic's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from todo_db.sources.layout import Layout

if TYPE_CHECKING:
    import psycopg


def read(connection: psycopg.Connection[Any], layout: Layout) -> tuple[str, ...] | None:
    """The revisions in the version table; None where there is no such table."""
    from psycopg import sql

    schema = (layout.version_table_schema,) if layout.version_table_schema else ()
    table = sql.Identifier(*schema, layout.version_table)
    with connection.transaction():
        found = connection.execute("SELECT to_regclass(%s)", (table.as_string(connection),)).fetchone()
        if found is None or found[0] is None:
            return None
        rows = connection.execute(sql.SQL("SELECT version_num FROM {}").format(table)).fetchall()
    return tuple(sorted(row[0] for row in rows))
