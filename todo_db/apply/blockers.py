"""Who keeps a revision waiting for a lock: named while it waits and, only where that was asked for, ended."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from todo_db.errors import TodoDbError
from todo_db.masking import mask_all
from todo_db.settings import Settings

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Target

    Connection = psycopg.Connection[Any]

PATIENCE = 1.0
"""Seconds before a first look is taken, and for which a blocker is let be before it may be ended."""
_POLL, _POLL_LATER, _SOON = 0.02, 0.5, 10.0
_LONGEST = 120

# Those that wait are our session and those that env.py opened. A prepared transaction has the number 0.
_BLOCKERS = """
    WITH ours AS MATERIALIZED (
        SELECT pid FROM pg_stat_activity
        WHERE pid = %(pid)s OR (datname = current_database() AND application_name = %(name)s)
    ), blocking AS (
        SELECT DISTINCT unnest(pg_blocking_pids(pid)) AS pid FROM ours
    )
    SELECT b.pid, a.backend_type, a.usename, nullif(a.application_name, ''), a.state, a.backend_start,
           extract(epoch FROM clock_timestamp() - coalesce(a.query_start, a.xact_start))::float8, a.query
    FROM blocking b
    LEFT JOIN pg_stat_activity a USING (pid)
    WHERE b.pid NOT IN (SELECT pid FROM ours)
    ORDER BY a.xact_start NULLS LAST, b.pid
"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that holds what we wait for. seconds: since its last statement began."""

    pid: int
    kind: str | None
    role: str | None
    application: str | None
    state: str | None
    since: dt.datetime | None
    seconds: float | None
    query: str | None

    def __str__(self) -> str:
        if self.pid == 0:
            return "a prepared transaction (see pg_prepared_xacts)"
        parts = [f"pid {self.pid}", self.application or self.kind or "unnamed"]
        parts += [f"role {self.role}"] if self.role else []
        if self.seconds is not None:
            began = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=self.seconds)
            parts.append(f"{self.state or 'active'}, query began {began:%H:%M:%S} UTC")
        return ", ".join(parts) + (f": {without_values(self.query)}" if self.query else "")


def without_values(query: str) -> str:
    """A query of somebody else, on one line, with its literals left out."""
    text = " ".join(_LITERAL.sub("'…'", query).split())
    text = _NUMBER.sub("…", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# The last alternatives are for a text that the server cut off in the middle of a literal.
_LITERAL = re.compile(
    r"\b[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\b[eE]'.*\Z|'.*\Z|\$(?:\w*)\$.*\Z",
    re.DOTALL,
)
_NUMBER = re.compile(r"(?<![\w$\"])\d+(?:\.\d+)?(?![\w\"])")


@dataclass(slots=True)
class Watch:
    """A look from a second session while a revision runs; nothing is opened for one that is quick.

    terminate: end who has been in the way for PATIENCE seconds. seen: the newest blockers.
    refused: why one could not be ended.
    """

    target: Target
    settings: Settings
    pid: int
    name: str
    say: Callable[[str], None]
    terminate: bool = False
    seen: tuple[Blocker, ...] = ()
    refused: str | None = None
    _since: dict[tuple[int, Any], float] = field(default_factory=dict)
    _told: set[tuple[int, Any]] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)
    _begin: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True, name="todo-db blockers")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._begin.set()
        if self._thread is not None:
            self._thread.join(5)

    def at_once(self) -> None:
        """Look from now on: a lock was not to be had."""
        self._begin.set()

    def _run(self) -> None:
        import psycopg

        from todo_db.apply import session

        self._begin.wait(PATIENCE)
        if self._stop.is_set():
            return
        try:
            with session.connected(
                self.target, self.settings, name="todo-db migrate: who blocks", wait=3
            ) as connection:
                began = time.monotonic()
                while not self._stop.wait(self._pause(time.monotonic() - began)):
                    self._look(connection)
        except (TodoDbError, psycopg.Error):
            return  # the run itself will meet what is wrong

    def _pause(self, seconds: float) -> float:
        """Short attempts at a lock are looked at closely, a long build only now and then."""
        return _POLL if self._begin.is_set() and seconds < _SOON else _POLL_LATER

    def _look(self, connection: Connection) -> None:
        rows = connection.execute(_BLOCKERS, {"pid": self.pid, "name": self.name}).fetchall()
        if not rows:
            return
        found = tuple(Blocker(*row) for row in rows)
        self.seen = found
        now = time.monotonic()
        for blocker in found:
            key = (blocker.pid, blocker.since)
            first = self._since.setdefault(key, now)
            if key not in self._told:
                self._told.add(key)
                self.say(f"waiting for a lock that is held by {self.masked(blocker)}")
            if self.terminate and now - first >= PATIENCE:
                self._end(connection, blocker)

    def told(self) -> str | None:
        """Who was in the way at last, and what can be done about it; None where nobody was seen."""
        if not self.seen:
            return None
        who = "; ".join(map(self.masked, self.seen[:3]))
        way = self.refused or "end it, or let `todo-db migrate --terminate-blockers` do so"
        return f"in the way: {who} ({way})"

    def masked(self, blocker: Blocker) -> str:
        """A blocker in words, without passwords."""
        return mask_all(str(blocker), self.target.secrets)

    def _end(self, connection: Connection, blocker: Blocker) -> None:
        """End one session. Autovacuum gives way by itself; a prepared transaction has no session."""
        import psycopg

        if blocker.kind not in (None, "client backend") or blocker.pid == 0:
            return
        try:
            connection.execute("SELECT pg_terminate_backend(%s)", (blocker.pid,))
            self.say(f"ended pid {blocker.pid}, as --terminate-blockers says")
        except psycopg.errors.InsufficientPrivilege:
            if self.refused is None:
                self.refused = (
                    f"pid {blocker.pid} may not be ended: it belongs to {blocker.role or 'another role'}; "
                    "only a member of that role or of pg_signal_backend may end it"
                )
                self.say(self.refused)
