"""Tries to reach rows as an application's role, inside a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Mapping
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
    ) -> Outcome:
        """One statement as the role. watch: compare this actor's rows before and after."""
        import psycopg

        before = self.snapshot(watch) if watch else {}
        self.connection.execute(self._become(who))
        try:
            cursor = self.connection.execute(statement, values)
            found = tuple(cursor.fetchall()) if cursor.description else ()
            changed = self._changed(watch, before) if watch else 0
            shown = _shown(statement, values, self.connection)
            return Outcome(found, cursor.rowcount, statement=shown, changed=changed)
        except psycopg.Error as error:
            return Outcome(
                sqlstate=error.sqlstate or "?",
                reason=(error.diag.message_primary or str(error)).strip(),
                statement=_shown(statement, values, self.connection),
            )
        finally:
            self.connection.execute("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")

    def _become(self, who: Who) -> sql.Composed:
        """The settings and the role, from a savepoint on, in one round trip."""
        from psycopg import sql

        parts: list[sql.Composable] = [sql.SQL("SAVEPOINT attempt")]
        for name, value in ((USER_SETTING, who.user), (ORGANIZATION_SETTING, who.organization)):
            if value is not None:
                setting = sql.SQL("SELECT set_config({}, {}, true)")
                parts.append(setting.format(sql.Literal(name), sql.Literal(str(value))))
        parts.append(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.role)))
        return sql.SQL("; ").join(parts)

    def _changed(self, actor: Actor, before: Mapping[Address, str]) -> int:
        self.connection.execute("SET LOCAL ROLE NONE")
        after = self.snapshot(actor)
        return sum(after.get(address) != text for address, text in before.items())

    def snapshot(self, actor: Actor) -> dict[Address, str]:
        """All rows of an actor, as text, in one statement."""
        from psycopg import sql

        parts: list[sql.Composed] = []
        values: list[Any] = []
        for (table, name), (_, address) in self.rows.made.items():
            if name != actor.name:
                continue
            relation = self.rows.relations[table]
            query = "SELECT tableoid, ctid::text, t::text FROM {} t WHERE tableoid = %s AND ctid = %s::tid"
            parts.append(sql.SQL(query).format(sql.Identifier(relation.schema, relation.relname)))
            values += address
        if not parts:
            return {}
        found = self.connection.execute(sql.SQL(" UNION ALL ").join(parts), values)
        return {(oid, ctid): text for oid, ctid, text in found}


def _shown(statement: Any, values: Mapping[str, Any] | None, connection: Connection) -> str:
    """The statement with its values, for people to try."""
    import psycopg

    cursor = psycopg.ClientCursor(connection)
    return " ".join(str(cursor.mogrify(statement, values)).split())
