"""The one session in which a database is migrated: over the direct host, with the project's time limits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.settings import Settings

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Target


def target(settings: Settings, environ: Mapping[str, str] = os.environ, url: str | None = None) -> Target:
    """The database to migrate, never through a transaction pooler. Raises UsageError."""
    from todo_db.postgres.target import resolve

    names = (settings.database_url, settings.direct_url)
    return resolve(url, project=settings.root, purpose="migrate", environ=environ, names=names)


@contextmanager
def connected(
    target: Target, settings: Settings, *, on_wait: Callable[[str], None] | None = None
) -> Iterator[psycopg.Connection[Any]]:
    """A session with `lock_timeout` and `statement_timeout` of the settings. Raises UndeterminedError."""
    from todo_db.postgres.connect import connect

    connection = connect(target, read_only=False, on_wait=on_wait, application_name="todo-db migrate")
    try:
        limit(connection, settings)
        yield connection
    finally:
        connection.close()


def limit(connection: psycopg.Connection[Any], settings: Settings) -> None:
    """Set the session's time limits. Raises UsageError for a value that PostgreSQL does not take."""
    import psycopg

    from todo_db.errors import UsageError

    limits = {"lock_timeout": settings.lock_timeout, "statement_timeout": settings.statement_timeout}
    for name, value in limits.items():
        try:
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
            connection.commit()
        except psycopg.errors.InvalidParameterValue:
            connection.rollback()
            where = str(settings.file or settings.root)
            raise UsageError(
                f"{name.replace('_', '-')} = {value!r} is no duration", where=where, hint="for example '2s'"
            ) from None
