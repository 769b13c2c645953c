"""What went wrong while a database was being changed, and what state it was left in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from todo_db.apply.leftovers import leaves_its_transaction
from todo_db.apply.patience import LOCK_NOT_AVAILABLE
from todo_db.errors import ApplyError, TodoDbError, UndeterminedError
from todo_db.settings import Settings
from todo_db.sources.history import Revision
from todo_db.sources.layout import Layout
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    from todo_db.postgres.target import Target

NO_PRIVILEGE = "42501"
BUSY = "somebody else uses the table; try again, or raise lock-timeout in [tool.todo-db]"
_HELD = (
    "policies hold the role that migrates, so it would not see every row: connect as one with BYPASSRLS (on "
    "Neon neondb_owner), or let the revision put ALTER TABLE … NO FORCE ROW LEVEL SECURITY before this "
    "statement and FORCE after it"
)


class StoppedError(ApplyError):
    """A revision failed. applied: what this run applied (or took back) before."""

    def __init__(self, error: ApplyError, applied: Sequence[Revision]) -> None:
        super().__init__(error.what, where=error.where, hint=error.hint)
        self.applied = tuple(applied)


def look(target: Target, settings: Settings, layout: Layout) -> tuple[str, ...] | None:
    """The stamp, seen over a new session: how a COMMIT that got no answer ended is looked up, not guessed.

    Raises UndeterminedError where the database cannot be reached.
    """
    from todo_db.apply import session, stamp

    with session.connected(target, settings, again=True) as connection:
        return stamp.read(connection, layout)


def state(target: Target, settings: Settings, layout: Layout) -> str:
    """Where the database is now, in words."""
    import psycopg

    try:
        stamps = look(target, settings, layout)
    except (TodoDbError, psycopg.Error) as error:
        return unseen(error)
    return "the database has no revision" if not stamps else f"the database is at {' and '.join(stamps)}"


def unseen(reason: Exception) -> str:
    """That nobody could look where the database is, in words."""
    said = first_line(str(reason))
    return f"what state it is in could not be found out ({said}); `todo-db migrate status` tells"


def explain(
    error: RevisionFailedError,
    revision: Revision,
    *,
    applied: Sequence[Revision],
    now: str,
    verb: str = "apply",
) -> StoppedError:
    """The failure of a revision, with what is known of it and the state that it left."""
    failed = error.failed
    parts = [
        f"revision {revision.id} ({revision.message or revision.path.name}) did not {verb}: {failed.message}"
    ]
    parts.append(_what_is_left(revision))
    parts.append(now)
    if applied:
        done = "applied" if verb == "apply" else "taken back"
        parts.append(f"{done} before it in this run: {', '.join(r.id for r in applied)}")
    told = ApplyError("; ".join(parts), where=error.where, hint=_hint(error))
    return StoppedError(told, applied)


def unknown(
    error: RevisionFailedError, revision: Revision, reason: Exception, applied: Sequence[Revision]
) -> StoppedError:
    """The connection was lost and the database is out of reach: nobody can say yet what is applied."""
    told = ApplyError(
        f"the connection was lost during revision {revision.id} ({error.failed.message}), and whether it was "
        f"committed could not be looked up: {first_line(str(reason))}",
        where=error.where,
        hint="`todo-db migrate status` tells once the database can be reached; `todo-db migrate` goes on",
    )
    return StoppedError(told, applied)


def lost(reason: str, done: Sequence[Revision]) -> UndeterminedError:
    """The database went away between two revisions, or while it was looked at."""
    names = ", ".join(r.id for r in done)
    left = f"carried out before, in this run: {names}" if done else "nothing was changed"
    return UndeterminedError(
        f"{first_line(reason)}; {left}",
        hint="run the command again: it goes on from there; `todo-db migrate status` tells where that is",
    )


def refused(reason: Exception, role: str, done: Sequence[Revision]) -> UndeterminedError:
    """The role lacks a right for something around the revisions."""
    names = ", ".join(r.id for r in done)
    left = f"carried out before, in this run: {names}" if done else "nothing was changed"
    return UndeterminedError(
        f"the role {role} may not do what is needed here: {first_line(str(reason))}; {left}",
        hint="grant it that right, or connect as the role that owns the tables",
    )


def first_line(reason: str) -> str:
    """What libpq says of a lost connection, without its guess why."""
    return next(iter(reason.splitlines()), "").strip()


def _what_is_left(revision: Revision) -> str:
    if leaves_its_transaction(revision):
        return "it has steps outside of its transaction, which may have been carried out"
    return "nothing of it is left"


def _hint(error: RevisionFailedError) -> str | None:
    if error.failed.sqlstate == NO_PRIVILEGE and "row-level security" in error.failed.message:
        return f"{_HELD}; {error.hint}" if error.hint else _HELD
    if error.failed.sqlstate == LOCK_NOT_AVAILABLE:
        return f"{BUSY}; {error.hint}" if error.hint else BUSY
    return error.hint
