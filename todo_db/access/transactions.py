"""Transactions that are tried again where PostgreSQL says that trying again is right."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
S = TypeVar("S", bound=Any)

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
_RETRIED = frozenset({SERIALIZATION_FAILURE, DEADLOCK})
ATTEMPTS = 5
_FIRST_PAUSE = 0.01


def in_transaction(
    open_session: Callable[[], AbstractContextManager[S]], work: Callable[[S], T], *, attempts: int = ATTEMPTS
) -> T:
    """Run `work(session)` and commit; roll back whatever it raises.

    open_session: gives a new session for each attempt, since objects of a failed one are of no use:
    `lambda: sessions(user_id)`. A serialization failure or a deadlock is tried again with growing pauses,
    `attempts` times in all; so `work` must do nothing outside the database that cannot be done twice.
    """
    for attempt in range(1, attempts + 1):
        try:
            with open_session() as session, session.begin():
                return work(session)
        except DBAPIError as error:
            if attempt == attempts or not may_be_retried(error):
                raise
        time.sleep(_pause(attempt))
    raise ValueError("attempts must be at least 1")


async def in_async_transaction(
    open_session: Callable[[], AbstractAsyncContextManager[S]],
    work: Callable[[S], Awaitable[T]],
    *,
    attempts: int = ATTEMPTS,
) -> T:
    """As `in_transaction`, for async sessions."""
    for attempt in range(1, attempts + 1):
        try:
            async with open_session() as session, session.begin():
                return await work(session)
        except DBAPIError as error:
            if attempt == attempts or not may_be_retried(error):
                raise
        await asyncio.sleep(_pause(attempt))
    raise ValueError("attempts must be at least 1")


def may_be_retried(error: DBAPIError) -> bool:
    """Whether PostgreSQL rolled back because of what others did at the same time."""
    return getattr(error.orig, "sqlstate", None) in _RETRIED


def _pause(attempt: int) -> float:
    """Seconds, doubled each time and spread, so that two that met do not meet again."""
    return _FIRST_PAUSE * float(2 ** (attempt - 1)) * (0.5 + random.random())  # noqa: S311
