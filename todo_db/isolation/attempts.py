"""Tries to reach rows as an application's role, inside a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.isolation.rows import Actor, Address, Rows
from todo_db.ownership.declared import ORGANIZATION_SETTING, USER_SETTING

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    Connection = psycopg.Connection[tuple[Any, ...]]

# What a refusal looks like: no privilege or a policy, a CHECK, a foreign key that takes the owner along,
# an exception that a trigger raises.
REFUSALS = frozenset({"42501", "23514", "23503", "P0001"})


@dataclass(frozen=True, slots=True)
class Who:
    """Whose settings a statement runs with; None: not set, '': set to nothing."""

    user: Any = None
    organization: Any = None

    @classmethod
    def of(cls, actor: Actor, types: tuple[str, str], *, organization: Actor | None = None) -> Who:
        """An actor as the application would name it. types: of users' and organizations' ids.

        organization: that of somebody else, claimed.
        """
        return cls(
            actor.identity(types[0], "user"), (organization or actor).identity(types[1], "organization")
        )


NOBODY, EMPTY = Who(), Who("", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a statement. changed: how many of the watched rows are not as before."""

    rows: tuple[tuple[Any, ...], ...] = ()
    count: int = 0
    sqlstate: str | None = None
    reason: str = ""
    statement: str = ""
    changed: int = 0

    @property
    def refused(self) -> bool:
        return self.sqlstate in REFUSALS

    @property
    def failed(self) -> bool:
        return self.sqlstate is not None


class Attempts:
    """Runs statements as a role; nothing that they do stays.

    settings: how users' ids are given to PostgreSQL, by actor, since a column's type decides their text.
    """

    def __init__(self, connection: Connection, role: str, rows: Rows) -> None:
        self.connection, self.role, self.rows = connection, role, rows

    def run(
        self,
        who: Who,
        statement: sql.Composed | sql.SQL,
        values: Mapping[str, Any] | None = None,
        *,
        watch: Actor | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> Outcome:
        """One statement as the role. watch: compare this actor's rows before and after."""
        with self.connection.transaction(force_rollback=True):
            if prepare is not None:
                prepare()
            before = self.snapshot(watch) if watch else {}
            outcome = self._as_role(who, statement, values)
            if watch is None or outcome.failed:
                return outcome
            after = self.snapshot(watch)
            changed = sum(after.get(address) != text for address, text in before.items())
            return Outcome(outcome.rows, outcome.count, statement=outcome.statement, changed=changed)

    def _as_role(self, who: Who, statement: Any, values: Mapping[str, Any] | None) -> Outcome:
        import psycopg

        shown = _shown(statement, values, self.connection)
        try:
            with self.connection.transaction():
                self._become(who)
                cursor = self.connection.execute(statement, values)
                found = tuple(cursor.fetchall()) if cursor.description else ()
                self.connection.execute("SET LOCAL ROLE NONE")
                return Outcome(found, cursor.rowcount, statement=shown)
        except psycopg.Error as error:
            return Outcome(
                sqlstate=error.sqlstate or "?",
                reason=(error.diag.message_primary or str(error)).strip(),
                statement=shown,
            )

    def _become(self, who: Who) -> None:
        from psycopg import sql

        for name, value in ((USER_SETTING, who.user), (ORGANIZATION_SETTING, who.organization)):
            if value is not None:
                self.connection.execute("SELECT set_config(%s, %s, true)", (name, str(value)))
        self.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.role)))

    def snapshot(self, actor: Actor) -> dict[Address, str]:
        """All rows of an actor, as text."""
        from psycopg import sql

        found: dict[Address, str] = {}
        for (table, name), (_, address) in self.rows.made.items():
            if name != actor.name:
                continue
            relation = self.rows.relations[table]
            query = sql.SQL("SELECT t::text FROM {} t WHERE tableoid = %s AND ctid = %s::tid").format(
                sql.Identifier(relation.schema, relation.relname)
            )
            row = self.connection.execute(query, address).fetchone()
            if row is not None:
                found[address] = row[0]
        return found


def _shown(statement: Any, values: Mapping[str, Any] | None, connection: Connection) -> str:
    """The statement with its values, for people to try."""
    import psycopg

    cursor = psycopg.ClientCursor(connection)
    return " ".join(str(cursor.mogrify(statement, values)).split())
