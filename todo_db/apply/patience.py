"""How a revision waits for its locks: in short attempts with growing pauses; nobody queues behind it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Self

from todo_db.apply import session
from todo_db.settings import Settings

SHORTEST_TRY = 50
"""Milliseconds that a first attempt waits for a lock, at least: who queues up behind it waits no longer."""
LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"
LOCK_ERRORS = (LOCK_NOT_AVAILABLE, DEADLOCK)
_SHORT_TRIES, _FIRST_PAUSE, _LONGEST_PAUSE = 7, 0.2, 10.0


class Patience:
    """The attempts at one revision. limit: how long this one waits for a lock, in milliseconds."""

    def __init__(self, longest: int, seconds: float) -> None:
        self._attempts = attempts(longest)
        self._until = time.monotonic() + seconds
        self.limit, self._pause = next(self._attempts)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As `lock_timeout` and `lock_patience` say. Raises UsageError for what is no duration."""
        seconds = session.milliseconds(settings, "lock_patience") / 1000
        return cls(session.milliseconds(settings, "lock_timeout"), seconds)

    @property
    def is_spent(self) -> bool:
        """Whether there is no time for a pause and one more attempt."""
        return time.monotonic() + self._pause > self._until

    def pause(self, revision: str, say: Callable[[str], None]) -> None:
        """Wait before the next attempt, and say so."""
        why = f"no lock within {self.limit}ms, as somebody uses the table"
        say(f"{revision}: {why}; again in {self._pause:.1f} s")
        time.sleep(self._pause)
        self.limit, self._pause = next(self._attempts)


def attempts(longest: int) -> Iterator[tuple[int, float]]:
    """How long each attempt waits for a lock, in milliseconds, and the pause after it, in seconds.

    The first ones are short, so that whoever queues up behind the waiting statement hardly notices; most
    readers are done by then. Later ones grow up to `longest`: autovacuum gives way only to who has waited
    for a second (deadlock_timeout).
    """
    limit, pause = max(SHORTEST_TRY, longest // 32), _FIRST_PAUSE
    for number in itertools.count(1):
        yield min(limit, longest), pause
        limit = min(limit * 4, longest) if number >= _SHORT_TRIES else limit
        pause = min(pause * 1.5, _LONGEST_PAUSE)
