"""Lets the roles that a history names own objects on scratch: who becomes owner has to have CREATE there.

On live a superuser runs such a revision, or the role has the right by a grant that no history tells of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_NO_PRIVILEGE = "42501"
_SCHEMAS = (
    "SELECT nspname FROM pg_namespace WHERE left(nspname, 3) <> 'pg_' AND nspname <> 'information_schema'"
    " AND pg_has_role(nspowner, 'USAGE')"
)
_LACKING = (
    "SELECT n.nspname, r.rolname FROM pg_namespace n, pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
    " WHERE m.member = current_user::regrole AND left(r.rolname, 3) <> 'pg_' AND NOT r.rolsuper"
    " AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'"
    " AND pg_has_role(n.nspowner, 'USAGE') AND NOT has_schema_privilege(r.oid, n.oid, 'CREATE')"
)


def lacks_create(error: RevisionFailedError | None) -> bool:
    """Whether a revision failed as a role may not make anything in a schema."""
    failed = error.failed if error is not None else None
    return failed is not None and failed.sqlstate == _NO_PRIVILEGE and " for schema " in failed.message


@contextmanager
def create_lent(connection: Connection) -> Iterator[None]:
    """For as long as the body runs, the roles that scratch can act as may create in every schema of ours."""
    pairs: list[tuple[Any, ...]] = connection.execute(_LACKING.encode()).fetchall()
    roles = sorted({role for _, role in pairs})
    known = _schemas(connection)
    _each(connection, "GRANT CREATE ON SCHEMA {} TO {}", pairs)
    _each(connection, "ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO {}", [(r,) for r in roles])
    try:
        yield
    finally:
        now = _schemas(connection)
        pairs += [(schema, role) for schema in now - known for role in roles]
        _each(connection, "REVOKE CREATE ON SCHEMA {} FROM {}", [p for p in pairs if p[0] in now])
        _each(connection, "ALTER DEFAULT PRIVILEGES REVOKE CREATE ON SCHEMAS FROM {}", [(r,) for r in roles])


def _schemas(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute(_SCHEMAS.encode()).fetchall()}


def _each(connection: Connection, statement: str, names: Sequence[tuple[str, ...]]) -> None:
    from psycopg import sql

    for parts in names:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, parts)))
