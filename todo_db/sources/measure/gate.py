"""Holds up a statement that runs in no transaction, so that the locks it takes and waits for are seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

PATIENCE = 2.0
"""Seconds after which a statement that waits for nothing is let go."""

_SEEN = """
SELECT relation::text, array_agg(DISTINCT mode ORDER BY mode), bool_or(waits)
  FROM (SELECT relation, mode, NOT granted AS waits FROM pg_locks
         WHERE pid = %(pid)s AND locktype = 'relation' AND relation >= 16384
        UNION ALL
        SELECT 0, '', true FROM pg_locks WHERE pid = %(pid)s AND NOT granted) found
 GROUP BY relation
"""


class Gate:
    """An open transaction that holds the lock of a writer on every table, until the other session waits.

    pid: the backend that is about to run the statement. tables: (schema, name).
    """

    def __init__(self, conninfo: str, pid: int, tables: Sequence[tuple[str, str]]) -> None:
        import psycopg
        from psycopg import sql

        self._pid = pid
        self._locks: dict[str, list[str]] = {}
        self._done = threading.Event()
        self._writer = psycopg.connect(conninfo)
        self._watcher = psycopg.connect(conninfo, autocommit=True)
        if tables:
            names = sql.SQL(", ").join(sql.Identifier(*t) for t in tables)
            self._writer.execute(sql.SQL("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE").format(names))
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> dict[str, list[str]]:
        """The locks that were seen, by oid; to be called when the statement is over."""
        self._done.set()
        self._thread.join(PATIENCE + 5)
        return self._locks

    def _watch(self) -> None:
        """Look until the other session waits for somebody, then let go of everything."""
        until = time.monotonic() + PATIENCE
        try:
            waits = False
            while not waits and not self._done.is_set() and time.monotonic() < until:
                rows: list[Any] = self._watcher.execute(_SEEN, {"pid": self._pid}).fetchall()
                waits = any(row[2] for row in rows)
                self._locks |= {oid: modes for oid, modes, _ in rows if oid != "0"}
                time.sleep(0.002)
        finally:
            self._writer.close()
            self._watcher.close()
