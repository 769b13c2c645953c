"""Plain `alembic upgrade`, `downgrade`, `stamp` by our env.py: one at a time, patient, written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from todo_db.apply import concurrently, failures, ledger, leftovers, lock, session
from todo_db.apply.blockers import Watch
from todo_db.apply.patience import LOCK_ERRORS, Patience
from todo_db.apply.recorder import Recorder
from todo_db.apply.signals import interruptible
from todo_db.errors import ApplyError, TodoDbError, UndeterminedError
from todo_db.settings import Settings
from todo_db.sources.runner import cause, engine_over

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.exc import DBAPIError

    from todo_db.postgres.target import Target
    from todo_db.sources.history import History


def run(
    context: Any, settings: Settings, target: Target, say: Callable[[str], None], options: dict[str, Any]
) -> None:
    """Do what Alembic was asked for, one run at a time.

    A revision that gets no lock is tried again, where nothing of it is left; there is no proof and no look
    for drift before, as `todo-db migrate` has. What fails in a revision is raised as Alembic raises it.
    Raises ApplyError and UndeterminedError, with the state that the database is in, for what is no fault
    of the revision.
    """
    import psycopg

    try:
        with (
            interruptible(),
            session.connected(target, settings, on_wait=say) as raw,
            lock.held(raw, say) as waited,
        ):
            session.see_to(raw, target)
            recorder = Recorder(raw, _history(settings), say)
            _walk(context, _Walk(settings, target, recorder, say), options)
            if waited and not recorder.count:
                say("nothing was left to do")
    except psycopg.OperationalError as error:  # before the first revision
        raise failures.lost(str(error), []) from error


def _walk(context: Any, walk: _Walk, options: dict[str, Any]) -> None:
    with walk.stack, concurrently.unhurried(), _engine_over(walk.raw) as connection:
        walk.go(context, _configured(context, walk, connection, options))


@contextmanager
def _engine_over(raw: psycopg.Connection[Any]) -> Iterator[Any]:
    """SQLAlchemy's view of the session, which asks the server who it is before the first revision."""
    from sqlalchemy.exc import DBAPIError

    with ExitStack() as stack:
        try:
            connection = stack.enter_context(engine_over(raw))
        except DBAPIError as error:
            raise failures.lost(str(error.orig), []) from error
        yield connection


@dataclass(slots=True)
class _Walk:
    """Alembic's own walk over revisions, gone on with after a pause where a lock was not to be had.

    left: the steps that are still to be done; None before the first is known. done: revisions that were
    applied or taken back. sent: how many statements the present step has sent.
    """

    settings: Settings
    target: Target
    recorder: Recorder
    say: Callable[[str], None]
    stack: ExitStack = field(default_factory=ExitStack)
    left: list[Any] | None = None
    done: list[str] = field(default_factory=list)
    sent: int = 0
    _patience: Patience | None = None
    _watch: Watch | None = None

    def count(self, *_: Any) -> None:
        """A statement is sent."""
        self.sent += 1

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The session that holds the lock."""
        return self.recorder.connection

    def steps(self, walk: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        """What Alembic is to walk over: its own steps, each written down before it is run."""

        def generate(heads: Any, context: Any) -> Iterator[Any]:
            if self.left is None:
                self.left = list(walk(heads, context))
            while self.left:
                self._before(self.left[0])
                yield self.left[0]
                self.recorder.entry = None  # it is committed
                self.done.append(_name(self.left.pop(0)))
                self._patience = None

        return generate

    def go(self, context: Any, configure: Callable[[], None]) -> None:
        """Walk to the end; `configure` makes Alembic ready for an attempt."""
        import psycopg
        from sqlalchemy.exc import DBAPIError, PendingRollbackError

        while True:
            configure()
            try:
                with context.begin_transaction():
                    context.run_migrations()
            except DBAPIError as error:
                if self._may_be_tried_again(error):
                    self._pause()
                    continue
                self._explain(error)
                raise
            except PendingRollbackError as error:
                if isinstance(first := cause(error), DBAPIError):
                    self._explain(first)
                raise
            except psycopg.Error as error:  # while something was written down or looked up
                self._explain_own(error)
                raise
            except KeyboardInterrupt:
                self.say(f"interrupted; {self._settle('interrupted', ledger.INTERRUPTED)}")
                raise
            except BaseException as error:
                self.recorder.failed(_reason(error))
                raise
            return

    def _before(self, step: Any) -> None:
        """Open the step's line, unless this is another attempt at it; limit how long it waits for locks."""
        if self._patience is None:
            self._patience = Patience.of(self.settings)
            info = step.info
            action = "stamp" if info.is_stamp else "upgrade" if info.is_upgrade else "downgrade"
            self.recorder.begin(_name(step), action)
        if self._watch is None and not step.info.is_stamp:
            watch = Watch(self.target, self.settings, self.recorder.ledger.pid, lock.ENV_SESSION, self.say)
            self._watch = self.stack.enter_context(watch)
        session.limit(self.raw, self.settings, self._patience.limit)
        self.raw.commit()  # psycopg began a transaction, with which the limit would go
        self.sent = 0

    def _may_be_tried_again(self, error: DBAPIError) -> bool:
        if self._patience is None or not self.left or self._patience.is_spent:
            return False
        if getattr(error.orig, "sqlstate", None) not in LOCK_ERRORS or self.left[0].info.is_stamp:
            return False
        known = self.recorder.history.revisions.get(_name(self.left[0]))
        return known is not None and (self.sent <= 1 or not leftovers.leaves_its_transaction(known))

    def _pause(self) -> None:
        assert self._patience is not None  # noqa: S101
        assert self.left  # noqa: S101
        name = _name(self.left[0])
        if self._watch is not None:
            self._watch.at_once()
        self._patience.pause(name, self.say)
        if self.left[0].info.is_upgrade:
            leftovers.clear(self.raw, self.recorder.history.revisions[name], self.say)

    def _explain(self, error: DBAPIError) -> None:
        """Raises what is better said than shown as a traceback: no lock, or no connection any more."""
        reason = _reason(error)
        if error.connection_invalidated or self.raw.closed:
            raise self._lost(str(error.orig)) from error
        self.recorder.failed(reason)
        if getattr(error.orig, "sqlstate", None) in LOCK_ERRORS and self.left:
            told = self._watch.told() if self._watch is not None else None
            raise ApplyError(
                f"revision {_name(self.left[0])} got no lock: {reason}; {self._state()}",
                hint="; ".join(filter(None, [failures.BUSY, told])),
            ) from error

    def _explain_own(self, error: psycopg.Error) -> None:
        """Raises the failure of a statement of ours between two revisions."""
        if self.raw.closed:
            raise self._lost(str(error)) from error
        name = _name(self.left[0]) if self.left else "the revisions"
        raise ApplyError(f"{name} could not be begun: {_reason(error)}; {self._state()}") from error

    def _lost(self, reason: str) -> UndeterminedError:
        said = failures.first_line(reason)
        return UndeterminedError(
            f"the connection was lost ({said}); {self._settle(said, ledger.FAILED)}",
            hint="run the command again: it goes on from there; `todo-db migrate status` tells more",
        )

    def _settle(self, detail: str, outcome: str) -> str:
        """End a session that was cut off, and close its line; the state that it left, in words."""
        import psycopg

        if self.recorder.entry is None:
            return self._state()
        try:
            with session.connected(self.target, self.settings, on_wait=self.say, again=True) as fresh:
                old = self.recorder.ledger
                session.end(fresh, old.pid, old.backend_start)
                self.recorder.move(fresh)
                self.recorder.failed(detail, outcome)
                return self._state()
        except (TodoDbError, psycopg.Error) as error:
            return failures.unseen(error)

    def _state(self) -> str:
        now = failures.state(self.target, self.settings, self.recorder.history.layout)
        return f"{now}; done before, in this run: {', '.join(self.done)}" if self.done else now


def _name(step: Any) -> str:
    info = step.info
    names = info.destination_revision_ids if info.is_stamp else info.up_revision_ids
    return ", ".join(names) or "base"


def _configured(context: Any, walk: _Walk, connection: Any, options: dict[str, Any]) -> Callable[[], None]:
    """What makes Alembic walk as we do; what env.py asks for in addition stays."""
    from sqlalchemy import event

    given = options.get("on_version_apply") or ()
    callbacks = [*given] if isinstance(given, list | tuple) else [given]
    own = {**options, "connection": connection, "on_version_apply": [*callbacks, walk.recorder.applied]}
    context.configure(**own)
    fn = walk.steps(context.get_context().opts["fn"])  # what the command does; known once it is configured
    event.listen(connection, "before_cursor_execute", walk.count)
    return partial(context.configure, **own, fn=fn)


def _history(settings: Settings) -> History:
    """The revisions; an empty history where Alembic can read the files and we cannot."""
    from todo_db.sources import history
    from todo_db.sources.layout import find

    try:
        return history.read(settings)
    except TodoDbError:
        return history.History(find(settings))


def _reason(error: BaseException) -> str:
    """What PostgreSQL said, for the ledger; without the detail, which may hold a row."""
    original = getattr(error, "orig", None) or error
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    return primary or type(error).__name__
