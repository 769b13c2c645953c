"""Lets statements that run CONCURRENTLY wait for others without a time limit: nobody waits behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_CONCURRENTLY = re.compile(r"\s*(?:CREATE|DROP|REINDEX|ALTER)\b.*\bCONCURRENTLY\b", re.IGNORECASE | re.DOTALL)


@contextmanager
def unhurried() -> Iterator[None]:
    """While the body runs, every SQLAlchemy connection lifts `lock_timeout` for such a statement.

    CREATE INDEX CONCURRENTLY waits for each transaction that is older than it. A limit would break it off
    and leave an invalid index; its locks let reads and writes through, so its waiting is in nobody's way.
    """
    from sqlalchemy import Engine, event

    event.listen(Engine, "before_cursor_execute", _lift)
    event.listen(Engine, "after_cursor_execute", _put_back)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", _lift)
        event.remove(Engine, "after_cursor_execute", _put_back)


def _applies(connection: Any, statement: str) -> bool:
    """Only outside of a transaction: within one, PostgreSQL refuses them or they are not what they seem."""
    options = connection.get_execution_options()
    return options.get("isolation_level") == "AUTOCOMMIT" and bool(_CONCURRENTLY.match(statement))


def _lift(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    if _applies(connection, statement):
        cursor.execute("SET lock_timeout = 0")


def _put_back(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    """To what the session began with; the next attempt at a revision sets its own."""
    if _applies(connection, statement):
        cursor.execute("RESET lock_timeout")
