"""One run at a time: an advisory lock of the database, waited for with a message and a bound."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.errors import ApplyError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

KEY = int.from_bytes(hashlib.sha256(b"todo-db migrate").digest()[:8]) >> 1
"""Advisory locks are a database's own, so one number will do for all of them; `key_of` for one schema."""

ENV_SESSION = "todo-db-migrate/env.py"
"""What sessions are called that an env.py opens by itself, beside the one that holds the lock."""


def key_of(tenant: str | None) -> int:
    """The lock of a whole database (None), or of one schema in it: those do not wait for one another."""
    if tenant is None:
        return KEY
    return int.from_bytes(hashlib.sha256(f"todo-db migrate {tenant}".encode()).digest()[:8]) >> 1


def env_session(tenant: str | None) -> str:
    """What such sessions are called that work on one schema of a database."""
    if tenant is None:
        return ENV_SESSION
    return f"{ENV_SESSION}:{hashlib.sha256(tenant.encode()).hexdigest()[:12]}"


WAIT = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0

_HOLDER = """
    SELECT a.pid, coalesce(nullif(a.application_name, ''), 'unnamed'),
           extract(epoch FROM clock_timestamp() - a.backend_start)::int
    FROM pg_locks l
    JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""


@contextmanager
def held(
    connection: Connection, say: Callable[[str], None], *, wait: float = WAIT, tenant: str | None = None
) -> Iterator[bool]:
    """Hold the lock while the body runs; gives whether it had to be waited for. tenant: see `key_of`.

    It is asked for again and again rather than waited for in the server: a backend that waits has a
    snapshot, and CREATE INDEX CONCURRENTLY of the run that holds the lock would wait for that, forever.
    Raises ApplyError after `wait` seconds; nothing was changed then.
    """
    waited = acquire(connection, say, wait, tenant)
    try:
        yield waited
    finally:
        release(connection, tenant)


def release(connection: Connection, tenant: str | None = None) -> None:
    """Give the lock back; a connection that is gone has done so already."""
    import psycopg

    if connection.closed:
        return
    try:
        _outside_transaction(connection)
        connection.execute("SELECT pg_advisory_unlock(%s)", (key_of(tenant),))
        _outside_transaction(connection)
    except psycopg.Error:
        connection.close()


def is_held(connection: Connection, tenant: str | None = None) -> bool:
    """Whether this session still has the lock: a session that was replaced on the way has not."""
    query = """SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND pid = pg_backend_pid() AND (classid::bigint << 32) | objid::bigint = %s)"""
    row = connection.execute(query, (key_of(tenant),)).fetchone()
    _outside_transaction(connection)
    return bool(row and row[0])


def acquire(
    connection: Connection, say: Callable[[str], None], wait: float = WAIT, tenant: str | None = None
) -> bool:
    """Take the lock, for `release` or the end of the session to give back; otherwise as `held`."""
    started, pause, told = time.monotonic(), _FIRST_PAUSE, False
    locked, key = False, key_of(tenant)
    what = "this database" if tenant is None else f"the schema {tenant}"
    while True:
        if not locked:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
            _outside_transaction(connection)
            locked = row is not None and bool(row[0])
        if locked and not left_behind(connection, tenant):
            return told
        if time.monotonic() - started > wait:
            if locked:
                release(connection, tenant)
            raise ApplyError(
                f"another run is still migrating {what} after {wait:g} s; nothing was changed",
                where=_holder(connection, tenant),
                hint="wait for it, or end it: SELECT pg_terminate_backend(pid)",
            )
        if not told:
            say(f"another run is migrating {what} ({_holder(connection, tenant)}); waiting for it")
            told = True
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def left_behind(connection: Connection, tenant: str | None = None) -> list[int]:
    """Sessions that an env.py opened by itself, at work still although the run that held the lock is over."""
    query = """SELECT pid FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = %s AND state <> 'idle'"""
    rows = connection.execute(query, (env_session(tenant),)).fetchall()
    _outside_transaction(connection)
    return [row[0] for row in rows]


def _holder(connection: Connection, tenant: str | None) -> str:
    """Who has the lock, in words; it may have been given back meanwhile."""
    if left := left_behind(connection, tenant):
        return f"pid {left[0]}, {ENV_SESSION}"
    row = connection.execute(_HOLDER, (key_of(tenant),)).fetchone()
    _outside_transaction(connection)
    return f"pid {row[0]}, {row[1]}, for {row[2]} s" if row else "it has just ended"


def _outside_transaction(connection: Connection) -> None:
    """End the transaction that psycopg began by itself: an open one would hold a snapshot."""
    if not connection.autocommit:
        connection.commit()
