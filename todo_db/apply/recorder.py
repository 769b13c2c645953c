"""Writes each revision into the ledger as Alembic runs it, and looks for the lock before it commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.apply import leftovers
from todo_db.apply.ledger import FAILED, Ledger, moved, prepare
from todo_db.errors import ApplyError
from todo_db.sources.history import History

if TYPE_CHECKING:
    import psycopg


@dataclass(slots=True)
class Recorder:
    """What happens around a revision, be it run by `todo-db migrate` or by plain Alembic.

    connection: the session that holds the lock. entry: the line of the revision that is under way.
    count: how many revisions were begun. tenant: the schema that is the target, if it is one.
    """

    connection: psycopg.Connection[Any]
    history: History
    say: Callable[[str], None]
    entry: str | None = None
    count: int = 0
    tenant: str | None = None
    _ledger: Ledger | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger, made when it is first needed: a run with nothing to do leaves no trace."""
        if self._ledger is None:
            self._ledger = prepare(self.connection, self.history.layout, self.tenant)
            if self._ledger.table is None:
                self.say("note: this role may not write a ledger here; the run is not written down")
        return self._ledger

    def move(self, connection: psycopg.Connection[Any]) -> None:
        """Go on in another session, which has the lock now."""
        self._ledger = moved(connection, self.ledger)
        self.connection = connection

    def begin(self, revision: str, action: str) -> None:
        """Before the revision's transaction: clear away what a broken try left, and open its line."""
        known = self.history.revisions.get(revision)
        if known is not None and action == "upgrade":
            leftovers.clear(self.connection, known, self.say)
        hash_ = f"sha256:{known.code_hash()}" if known is not None and action != "stamp" else None
        self.count += 1
        self.entry = self.ledger.begin(self.connection, revision, action, hash_)

    def applied(self, *, ctx: Any, **_facts: Any) -> None:
        """Alembic's `on_version_apply`: within the revision's transaction, the stamp having been moved.

        Raises ApplyError, which rolls it back, where the lock is no longer held.
        """
        if ctx.as_sql or self.entry is None:
            return
        from sqlalchemy import text

        statement, parameters = self.ledger.applied(self.entry)
        row = ctx.connection.execute(text(statement), parameters).fetchone()
        if row is not None and not row[0]:
            raise ApplyError(
                "the lock on the database was lost on the way, so that another run may be at work",
                hint="was its session ended, or does the revision give up advisory locks? Run it again",
            )

    def failed(self, detail: str, outcome: str = FAILED) -> None:
        """Close the open line; where the database is gone, the next run does it."""
        import psycopg

        if self.entry is None or self.connection.closed:
            return
        try:
            self.connection.rollback()
            self.ledger.close(self.connection, self.entry, outcome, detail)
        except psycopg.Error:
            return
