"""Applies revisions one by one, in the session that holds the lock; each one's outcome is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.apply import failures, lock, session, stamp
from todo_db.errors import ApplyError
from todo_db.settings import Settings
from todo_db.sources.history import History, Revision
from todo_db.sources.redirect import Executed, environment
from todo_db.sources.runner import RevisionFailedError, Runner

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Target

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further attempt at a revision that did not get a lock in time."""


@dataclass(frozen=True, slots=True)
class Step:
    """A revision that was applied or taken back: how long it took, and what it sent."""

    revision: Revision
    seconds: float
    executed: Sequence[Executed] = ()


@dataclass(slots=True)
class Session:
    """The session of one run of `migrate`. steps: what was done so far."""

    connection: psycopg.Connection[Any]
    target: Target
    settings: Settings
    history: History
    say: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)

    def stamps(self) -> tuple[str, ...]:
        """What the version table says now."""
        return stamp.read(self.connection, self.history.layout) or ()

    def apply(self, revisions: Sequence[Revision]) -> None:
        """Apply the revisions in this order. Raises StoppedError at the first that fails."""
        self._each(revisions, up=True)

    def take_back(self, revisions: Sequence[Revision]) -> None:
        """Take the revisions back in this order. Raises StoppedError at the first that fails."""
        self._each(revisions, up=False)

    def _each(self, revisions: Sequence[Revision], *, up: bool) -> None:
        url = limited(self.target.sqlalchemy_url(), self.settings)
        runner = Runner(self.settings, self.history, url=url, connection=self.connection)
        with environment(runner.url, (self.settings.database_url, self.settings.direct_url)):
            for number, revision in enumerate(revisions, 1):
                self._one(runner, revision, f"[{number}/{len(revisions)}]", up=up)

    def _one(self, runner: Runner, revision: Revision, number: str, *, up: bool) -> None:
        doing = "applying" if up else "taking back"
        self.say(f"{number} {doing} {revision.id} {revision.message}".rstrip())
        self._still_locked(revision)
        started = time.monotonic()
        try:
            executed = self._patiently(runner, revision, up=up)
        except RevisionFailedError as error:
            raise self._stopped(error, revision, up=up) from error
        except KeyboardInterrupt:
            self.say(f"interrupted while {doing} {revision.id}; {self._state()}")
            raise
        self._must_be_stamped(revision, up=up)
        self.steps.append(Step(revision, time.monotonic() - started, executed))

    def _patiently(self, runner: Runner, revision: Revision, *, up: bool) -> list[Executed]:
        """Run the revision, again after a pause where a lock was not to be had and nothing of it is left."""
        run = runner.upgrade if up else runner.downgrade
        for pause in PAUSES:
            try:
                return run(revision.id)
            except RevisionFailedError as error:
                waits = error.failed.sqlstate == failures.LOCK_NOT_AVAILABLE
                if not waits or failures.leaves_its_transaction(revision):
                    raise
                said = f"no lock within {self.settings.lock_timeout}"
                self.say(f"{revision.id}: {said}, as somebody uses the table; again in {pause:g} s")
                time.sleep(pause)
                session.limit(self.connection, self.settings)
        return run(revision.id)

    def _still_locked(self, revision: Revision) -> None:
        if self.connection.closed or not lock.is_held(self.connection):
            raise ApplyError(
                f"the lock on the database was lost before revision {revision.id}; {self._state()}",
                hint="the connection was cut or goes through a pooler; run the command again",
            )

    def _must_be_stamped(self, revision: Revision, *, up: bool) -> None:
        """An env.py that goes its own way may have run nothing, or somewhere else."""
        if (revision.id in self.stamps()) is not up:
            raise ApplyError(
                f"revision {revision.id} ran, but the version table does not say so; {self._state()}",
                where=self.settings.relative(self.history.layout.env),
                hint="does env.py use the connection it is given, and the usual version table?",
            )

    def _stopped(self, error: RevisionFailedError, revision: Revision, *, up: bool) -> ApplyError:
        verb = "apply" if up else "go back"
        done = [s.revision for s in self.steps]
        return failures.explain(error, revision, applied=done, now=self._state(), verb=verb)

    def _state(self) -> str:
        return failures.state(self.target, self.settings, self.history.layout)


def limited(url: str, settings: Settings) -> str:
    """The URL with the time limits of the settings, for an env.py that opens a session of its own."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    limits = [f"-c {n}={session.milliseconds(settings, n)}" for n in ("lock_timeout", "statement_timeout")]
    options = " ".join(filter(None, [str(parsed.query.get("options", "")), *limits]))
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


@contextmanager
def open_session(
    target: Target, settings: Settings, history: History, say: Callable[[str], None]
) -> Iterator[Session]:
    """A session on the database, without the lock yet. Raises UndeterminedError."""
    with session.connected(target, settings, on_wait=say) as connection:
        yield Session(connection, target, settings, history, say)
