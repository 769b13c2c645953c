"""Which revisions a database says that it has: Alembic's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.objects.names import quote
from todo_db.sources.layout import Layout

if TYPE_CHECKING:
    import psycopg


# ts_stat runs a text, so that one round trip is enough whether there is a table or not.
_STAMP = """
    SELECT to_regclass(%(table)s) IS NOT NULL,
           (SELECT array_agg(word)
            FROM ts_stat(CASE WHEN to_regclass(%(table)s) IS NOT NULL
                              THEN 'SELECT array_to_tsvector(ARRAY[version_num::text]) FROM ' || %(table)s
                              ELSE 'SELECT NULL::tsvector WHERE false' END))
"""


def read(connection: psycopg.Connection[Any], layout: Layout) -> tuple[str, ...] | None:
    """The revisions in the version table; None where there is no such table.

    Raises UndeterminedError where this role may not read it.
    """
    import psycopg
    from psycopg import sql

    schema = (layout.version_table_schema,) if layout.version_table_schema else ()
    table = sql.Identifier(*schema, layout.version_table).as_string(connection)
    try:
        row = connection.execute(_STAMP, {"table": table}).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        role = connection.info.user
        raise UndeterminedError(
            f"the role {role} may not read {table}, so that where the database is cannot be told",
            hint=f"GRANT SELECT ON {table} TO {quote(role)}, or connect as the role that migrates",
        ) from error
    if row is None or not row[0]:
        return None
    return tuple(sorted(row[1] or ()))
