"""Applies revisions one by one, in the session that holds the lock; each one's outcome is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.apply import concurrently, failures, ledger, leftovers, lock, session, stamp
from todo_db.apply.blockers import Watch
from todo_db.apply.patience import LOCK_ERRORS, LOCK_NOT_AVAILABLE, Patience
from todo_db.apply.recorder import Recorder
from todo_db.errors import ApplyError, TodoDbError, UndeterminedError
from todo_db.settings import Settings
from todo_db.sources.history import History, Revision
from todo_db.sources.redirect import Executed, environment
from todo_db.sources.runner import RevisionFailedError, Runner

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Target


@dataclass(frozen=True, slots=True)
class Step:
    """A revision that was applied or taken back: how long it took, and what it sent."""

    revision: Revision
    seconds: float
    executed: Sequence[Executed] = ()


@dataclass(slots=True)
class Session:
    """The session of one run of `migrate`. steps: what was done so far.

    terminate: end the sessions of others that hold what a revision waits for.
    """

    connection: psycopg.Connection[Any]
    target: Target
    settings: Settings
    history: History
    say: Callable[[str], None]
    terminate: bool = False
    steps: list[Step] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)
    _recorder: Recorder | None = None

    def stamps(self) -> tuple[str, ...]:
        """What the version table says now."""
        return stamp.read(self.connection, self.history.layout) or ()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock while the body runs. Raises ApplyError after waiting for it in vain."""
        with lock.held(self.connection, self.say, tenant=self.settings.tenant):
            session.see_to(self.connection, self.target)
            yield

    def see_beside(self, schemas: Iterable[str]) -> list[str]:
        """See the schema of the settings first, then those of extensions and these; gives the latter."""
        assert self.settings.tenant is not None  # noqa: S101
        self.target, beside = session.within(self.connection, self.target, self.settings.tenant, schemas)
        return beside

    def was_begun(self, revision: Revision) -> bool:
        """Whether an earlier attempt to apply the revision did not get to its end."""
        line = ledger.last(self.connection, self.history.layout, revision.id)
        return line is not None and line.action == "upgrade" and line.outcome != ledger.APPLIED

    def apply(self, revisions: Sequence[Revision]) -> None:
        """Apply the revisions in this order. Raises StoppedError at the first that fails."""
        self._each(revisions, up=True)

    def take_back(self, revisions: Sequence[Revision]) -> None:
        """Take the revisions back in this order. Raises StoppedError at the first that fails."""
        self._each(revisions, up=False)

    def reconnect(self) -> None:
        """Go on in a new session, once the old one has ended and what it did is settled.

        Raises ApplyError and UndeterminedError where that cannot be had.
        """
        old = self.recorder.ledger
        fresh = self._stack.enter_context(
            session.connected(self.target, self.settings, on_wait=self.say, again=True)
        )
        session.end(fresh, old.pid, old.backend_start)
        lock.acquire(fresh, self.say, _RESOLVE, self.settings.tenant)
        session.see_to(fresh, self.target)
        self.connection.close()
        self.connection = fresh
        self.recorder.move(fresh)

    @property
    def recorder(self) -> Recorder:
        """Writes the ledger."""
        if self._recorder is None:
            self._recorder = Recorder(self.connection, self.history, self.say, tenant=self.settings.tenant)
        return self._recorder

    def _each(self, revisions: Sequence[Revision], *, up: bool) -> None:
        runner = Runner(
            self.settings,
            self.history,
            url=limited(self.target.sqlalchemy_url(), self.settings),
            connection=self.connection,
            on_apply=self.recorder.applied,
        )
        with (
            environment(runner.url, (self.settings.database_url, self.settings.direct_url)),
            concurrently.unhurried(),
        ):
            for number, revision in enumerate(revisions, 1):
                runner.connection = self.connection
                self._one(runner, revision, f"[{number}/{len(revisions)}]", up=up)

    def _one(self, runner: Runner, revision: Revision, number: str, *, up: bool) -> None:
        doing = "applying" if up else "taking back"
        self.say(f"{number} {doing} {revision.id} {revision.message}".rstrip())
        self._still_locked(revision)
        self._begin(revision, up=up)
        started = time.monotonic()
        executed: Sequence[Executed] = ()
        try:
            executed = self._patiently(runner, revision, up=up)
        except RevisionFailedError as error:
            if not self._was_applied(error, revision, up=up):
                raise self._stopped(error, revision, up=up) from error
        except ApplyError as error:  # the lock was lost
            self.recorder.failed(error.what)
            raise ApplyError(f"{error.what}; {self._state()}", where=error.where, hint=error.hint) from error
        except KeyboardInterrupt:
            self._interrupted(revision, doing)
            raise
        self.steps.append(Step(revision, time.monotonic() - started, executed))
        self._must_be_stamped(revision, up=up)

    def _begin(self, revision: Revision, *, up: bool) -> None:
        import psycopg

        try:
            self.recorder.begin(revision.id, "upgrade" if up else "downgrade")
        except psycopg.Error as error:
            reason = error.diag.message_primary or str(error)
            raise ApplyError(
                f"revision {revision.id} could not be begun: {reason}; {self._state()}"
            ) from error

    def _patiently(self, runner: Runner, revision: Revision, *, up: bool) -> list[Executed]:
        """Run the revision, again after a pause where a lock was not to be had and nothing of it is left."""
        run = runner.upgrade if up else runner.downgrade
        patience = Patience.of(self.settings)
        pid = self.recorder.ledger.pid
        name = lock.env_session(self.settings.tenant)
        with Watch(self.target, self.settings, pid, name, self.say, self.terminate) as watch:
            while True:
                session.limit(self.connection, self.settings, patience.limit)
                runner.use(limited(self.target.sqlalchemy_url(), self.settings, patience.limit))
                try:
                    return run(revision.id)
                except RevisionFailedError as error:
                    if patience.is_spent or not _may_be_tried_again(error, revision):
                        error.hint = _with_blockers(error, watch)
                        raise
                watch.at_once()
                patience.pause(revision.id, self.say)
                leftovers.clear(self.connection, revision, self.say)

    def _was_applied(self, error: RevisionFailedError, revision: Revision, *, up: bool) -> bool:
        """Whether a revision whose run failed was committed nevertheless: looked up, never guessed."""
        import psycopg

        recorder, said = self.recorder, _unnamed(error)
        if not (self.connection.closed or error.failed.lost):
            recorder.failed(said)
            return False
        try:
            self.reconnect()
            outcome = ledger.outcome(self.connection, recorder.ledger, recorder.entry or "")
            stamped = (revision.id in self.stamps()) is up
        except (TodoDbError, psycopg.Error) as reason:  # a server that crashes may do so more than once
            raise failures.unknown(error, revision, reason, [s.revision for s in self.steps]) from error
        if outcome == ledger.APPLIED or (outcome is None and stamped):
            self.say(f"the connection was lost, but the commit of {revision.id} had arrived")
            return True
        recorder.failed(said)
        return False

    def _interrupted(self, revision: Revision, doing: str) -> None:
        """After Ctrl-C: end the session, see what it left, and say so."""
        import psycopg

        self.connection.close()
        try:
            self.reconnect()
            self.recorder.failed("interrupted", ledger.INTERRUPTED)
            state = self._state()
        except (TodoDbError, psycopg.Error, KeyboardInterrupt):
            state = "what state it is in was not looked up; `todo-db migrate status` tells"
        self.say(f"interrupted while {doing} {revision.id}; {state}")

    def _still_locked(self, revision: Revision) -> None:
        if self.connection.closed or not lock.is_held(self.connection, self.settings.tenant):
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


_RESOLVE = 60.0
"""Seconds for which, after a lost connection, the end of the old session is waited for."""


def _may_be_tried_again(error: RevisionFailedError, revision: Revision) -> bool:
    if error.failed.sqlstate not in LOCK_ERRORS:
        return False
    return error.failed.first or not leftovers.leaves_its_transaction(revision)


def _with_blockers(error: RevisionFailedError, watch: Watch) -> str | None:
    if error.failed.sqlstate != LOCK_NOT_AVAILABLE:
        return error.hint
    return "; ".join(filter(None, [watch.told(), error.hint])) or None


def _unnamed(error: RevisionFailedError) -> str:
    """What PostgreSQL said, for the ledger: without the detail, which may hold a row."""
    state = f" ({error.failed.sqlstate})" if error.failed.sqlstate else ""
    return f"{error.failed.message.partition(' (')[0]}{state}"


def limited(url: str, settings: Settings, lock_timeout_ms: int | None = None) -> str:
    """The URL with the time limits of the settings, for an env.py that opens a session of its own."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    locks = session.milliseconds(settings, "lock_timeout") if lock_timeout_ms is None else lock_timeout_ms
    limits = {
        **session.UNFILTERED,
        "lock_timeout": locks,
        "statement_timeout": session.milliseconds(settings, "statement_timeout"),
        "application_name": lock.env_session(settings.tenant),
    }
    given = str(parsed.query.get("options", ""))
    options = " ".join(filter(None, [given, *(f"-c {name}={value}" for name, value in limits.items())]))
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


@contextmanager
def open_session(
    target: Target,
    settings: Settings,
    history: History,
    say: Callable[[str], None],
    *,
    terminate: bool = False,
) -> Iterator[Session]:
    """A session on the database, or on the one schema of the settings, without the lock yet.

    Raises UndeterminedError.
    """
    import psycopg

    with ExitStack() as stack:
        connection = stack.enter_context(session.connected(target, settings, on_wait=say))
        if settings.tenant is not None:
            target, _ = session.within(connection, target, settings.tenant)
        opened = Session(connection, target, settings, history, say, terminate, _stack=stack)
        try:
            yield opened
        except psycopg.errors.InsufficientPrivilege as error:
            raise failures.refused(error, connection.info.user, [s.revision for s in opened.steps]) from error
        except psycopg.OperationalError as error:
            raise failures.lost(str(error), [s.revision for s in opened.steps]) from error
        except UndeterminedError as error:
            if opened.steps:  # what was applied before is applied
                raise failures.lost(error.what, [s.revision for s in opened.steps]) from error
            raise
