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
"""Advisory locks are a database's own, so one number will do for all of them."""

ENV_SESSION = "todo-db-migrate/env.py"
"""What sessions are called that an env.py opens by itself, beside the one that holds the lock."""

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
def held(connection: Connection, say: Callable[[str], None], *, wait: float = WAIT) -> Iterator[bool]:
    """Hold the lock while the body runs; gives whether it had to be waited for.

    It is asked for again and again rather than waited for in the server: a backend that waits has a
    snapshot, and CREATE INDEX CONCURRENTLY of the run that holds the lock would wait for that, forever.
    Raises ApplyError after `wait` seconds; nothing was changed then.
    """
    waited = acquire(connection, say, wait)
    try:
        yield waited
    finally:
        release(connection)


def release(connection: Connection) -> None:
    """Give the lock back; a connection that is gone has done so already."""
    import psycopg

    if connection.closed:
        return
    try:
        _outside_transaction(connection)
        connection.execute("SELECT pg_advisory_unlock(%s)", (KEY,))
        _outside_transaction(connection)
    except psycopg.Error:
        connection.close()


def is_held(connection: Connection) -> bool:
    """Whether this session still has the lock: a session that was replaced on the way has not."""
    query = """SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND pid = pg_backend_pid() AND (classid::bigint << 32) | objid::bigint = %s)"""
    row = connection.execute(query, (KEY,)).fetchone()
    _outside_transaction(connection)
    return bool(row and row[0])


def acquire(connection: Connection, say: Callable[[str], None], wait: float = WAIT) -> bool:
    """Take the lock, for `release` or the end of the session to give back; otherwise as `held`."""
    started, pause, told = time.monotonic(), _FIRST_PAUSE, False
    locked = False
    while True:
        if not locked:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (KEY,)).fetchone()
            _outside_transaction(connection)
            locked = row is not None and bool(row[0])
        if locked and not left_behind(connection):
            return told
        if time.monotonic() - started > wait:
            if locked:
                release(connection)
            raise ApplyError(
                f"another run is still migrating this database after {wait:g} s; nothing was changed",
                where=_holder(connection),
                hint="wait for it, or end it: SELECT pg_terminate_backend(pid)",
            )
        if not told:
            say(f"another run is migrating this database ({_holder(connection)}); waiting for it")
            told = True
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def left_behind(connection: Connection) -> list[int]:
    """Sessions that an env.py opened by itself, at work still although the run that held the lock is over."""
    query = """SELECT pid FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = %s AND state <> 'idle'"""
    rows = connection.execute(query, (ENV_SESSION,)).fetchall()
    _outside_transaction(connection)
    return [row[0] for row in rows]


def _holder(connection: Connection) -> str:
    """Who has the lock, in words; it may have been given back meanwhile."""
    if left := left_behind(connection):
        return f"pid {left[0]}, {ENV_SESSION}"
    row = connection.execute(_HOLDER, (KEY,)).fetchone()
    _outside_transaction(connection)
    return f"pid {row[0]}, {row[1]}, for {row[2]} s" if row else "it has just ended"


def _outside_transaction(connection: Connection) -> None:
    """End the transaction that psycopg began by itself: an open one would hold a snapshot."""
    if not connection.autocommit:
        connection.commit()
