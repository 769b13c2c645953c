"""The one session in which a database is migrated: over the direct host, with the project's time limits."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from todo_db.errors import ApplyError, UndeterminedError, UsageError
from todo_db.settings import Settings

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Target

# A role that policies hold gets an error rather than fewer rows; PostgreSQL would even call a foreign key
# valid after it looked at none.
UNFILTERED = {"row_security": "off"}


def target(settings: Settings, environ: Mapping[str, str] = os.environ, url: str | None = None) -> Target:
    """The database to migrate, never through a transaction pooler. Raises UsageError."""
    from todo_db.postgres.target import resolve

    names = (settings.database_url, settings.direct_url)
    return resolve(url, project=settings.root, purpose="migrate", environ=environ, names=names)


NAME = "todo-db migrate"
WAIT = 20.0
"""Seconds for which a server that starts, or wakes up, is waited for."""
_MARK = "todo_db.session"
"""A setting of our own that names this session: where it does not arrive, a pooler is in between."""


@contextmanager
def connected(
    target: Target,
    settings: Settings,
    *,
    on_wait: Callable[[str], None] | None = None,
    name: str = NAME,
    wait: float | None = None,
    again: bool = False,
) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit session with `lock_timeout` and `statement_timeout` of the settings.

    name: what the server's administrator sees. wait: seconds for which a server that starts is waited for.
    again: it was there a moment ago, and may be restarting.
    Raises UndeterminedError where there is no connection, UsageError for a setting that is no duration.
    """
    from todo_db.postgres.connect import connect

    connection = connect(
        target,
        read_only=False,
        wait=WAIT if wait is None else wait,
        on_wait=on_wait,
        statement_timeout_ms=milliseconds(settings, "statement_timeout"),
        lock_timeout_ms=milliseconds(settings, "lock_timeout"),
        application_name=name,
        autocommit=True,
        more={_MARK: uuid.uuid4().hex, **UNFILTERED},
        again=again,
    )
    try:
        yield connection
    finally:
        connection.close()


def within(
    connection: psycopg.Connection[Any], target: Target, schema: str, further: Iterable[str] = ()
) -> tuple[Target, list[str]]:
    """Let this session see one schema as the usual one; gives the target whose sessions do so as well.

    further: schemas to be seen behind it, beside those of extensions. Gives also which these are in all.
    Raises UndeterminedError where there is no such schema, or none that the role may use.
    """
    from todo_db.postgres import tenant

    path = tenant.path_of(connection, schema, target.shown, further)
    connection.execute("SELECT set_config('search_path', %s, false)", (tenant.path_text(path),))
    return tenant.seeing(target, path), path[1:]


def limit(
    connection: psycopg.Connection[Any], settings: Settings, lock_timeout_ms: int | None = None
) -> None:
    """Set the session's time limits again, which a revision may have changed.

    lock_timeout_ms: another one than that of the settings.
    """
    locks = milliseconds(settings, "lock_timeout") if lock_timeout_ms is None else lock_timeout_ms
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
        (f"{locks}ms", f"{milliseconds(settings, 'statement_timeout')}ms"),
    )


def see_to(connection: psycopg.Connection[Any], target: Target) -> None:
    """See that the session is a direct one, and that the server soon notices when we are gone.

    A pooler may drop the settings that it was given and say nothing; the lock, which belongs to a session,
    would then be anybody's. Raises UndeterminedError, and ApplyError where nothing may be written.
    """
    import psycopg

    query = "current_setting('transaction_read_only') = 'on', pg_is_in_recovery()"
    row = connection.execute(f"SELECT current_setting('{_MARK}', true), {query}".encode()).fetchone()
    if row is None or row[0] != _sent(connection):
        raise UndeterminedError(
            "the settings of the session did not arrive: a connection pooler is in between, over which "
            "migrating is not safe",
            where=f"{target.origin}: {target.shown}",
            hint="set DATABASE_URL_UNPOOLED to the direct URL",
        )
    if row[1]:
        raise ApplyError(
            f"{'this server is a standby' if row[2] else 'sessions of this role or database are read-only'}, "
            "so nothing can be applied here; nothing was changed",
            where=f"{target.origin}: {target.shown}",
            hint="name the primary" if row[2] else "see default_transaction_read_only",
        )
    for settings in _KEEPALIVES:
        query = f"SELECT {', '.join(['set_config(%s, %s, false)'] * len(settings))}"
        with suppress(psycopg.Error):  # not every system's server can do it
            connection.execute(query.encode(), [part for setting in settings.items() for part in setting])


def end(connection: psycopg.Connection[Any], pid: int, backend_start: dt.datetime) -> None:
    """End a session of ours that was cut off from us and may still be at work. It may have ended already."""
    import psycopg

    with suppress(psycopg.Error):
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s",
            (pid, backend_start),
        )
        for _ in range(500):
            query = "SELECT FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"
            if connection.execute(query, (pid, backend_start)).fetchone() is None:
                return
            time.sleep(0.01)


# A killed client's statement ends within seconds, and with it its lock; that of one which the network lost,
# within about a minute. Without them it takes hours.
_KEEPALIVES = (
    {"client_connection_check_interval": "5s"},
    {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"},
)


def _sent(connection: psycopg.Connection[Any]) -> str | None:
    found = re.search(rf"{_MARK}=(\w+)", connection.info.options)
    return found[1] if found else None


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
