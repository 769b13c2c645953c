"""The one session in which a database is migrated: over the direct host, with the project's time limits."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.errors import UsageError
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
    """An autocommit session with `lock_timeout` and `statement_timeout` of the settings.

    Raises UndeterminedError where there is no connection, UsageError for a setting that is no duration.
    """
    from todo_db.postgres.connect import connect

    connection = connect(
        target,
        read_only=False,
        on_wait=on_wait,
        statement_timeout_ms=milliseconds(settings, "statement_timeout"),
        lock_timeout_ms=milliseconds(settings, "lock_timeout"),
        application_name="todo-db migrate",
        autocommit=True,
    )
    try:
        yield connection
    finally:
        connection.close()


def limit(connection: psycopg.Connection[Any], settings: Settings) -> None:
    """Set the session's time limits again, which a revision may have changed."""
    for name in ("lock_timeout", "statement_timeout"):
        value = f"{milliseconds(settings, name)}ms"
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))


_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*")
_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(settings: Settings, name: str) -> int:
    """A duration of the settings, as PostgreSQL reads it: without a unit it is in milliseconds."""
    text = getattr(settings, name)
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{name.replace('_', '-')} = {text!r} is no duration",
            where=str(settings.file or settings.root),
            hint="for example '2s'; 0 is no limit",
        )
    return round(float(match[1]) * _UNITS[match[2] or "ms"])
