"""What every attack needs: the database, rows of two users in it, a role, and words for what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.isolation.attempts import Attempts, Outcome, Who
from todo_db.isolation.rows import Actor, B, D, Rows, personal
from todo_db.isolation.subject import Function, Relation
from todo_db.ownership.declared import Ownerships

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import SQL, Composed, Identifier

    Connection = psycopg.Connection[tuple[Any, ...]]

OPERATIONS = ("select", "insert", "update", "delete", "references", "truncate", "call")
SYSTEM = ("tableoid", "ctid")
PROVEN, OPEN, NOT_APPLICABLE, UNKNOWN = "proven", "open", "n/a", "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """One attempt. detail: what crossed, or why nothing can be said; statement: what did it."""

    kind: str
    name: str
    operation: str
    state: str
    detail: str = ""
    statement: str = ""


class Attack:
    """One database, attacked as `role`; its rows of two users were made beforehand.

    wide: statements without a WHERE are tried, too; not on a live database, where they might read or lock
    all there is.
    """

    def __init__(
        self, connection: Connection, rows: Rows, ownerships: Ownerships, role: str, *, wide: bool = True
    ) -> None:
        self.connection, self.rows, self.ownerships, self.role = connection, rows, ownerships, role
        self.attempts = Attempts(connection, role, rows)
        self.wide = wide
        self._names: dict[str, tuple[str, ...]] = {}
        self._may: dict[tuple[str, str], bool] = {}

    def who(self, table: Relation | None, actor: Actor, *, organization: Actor | None = None) -> Who:
        """The actor's settings, with ids of the type that decides about the table, or about most tables."""
        named = self.ownerships.get(table.name) if table is not None else None
        while named is not None and named.through is not None:
            named = self.ownerships[named.through.table]
        if named is None:
            named = next((o for o in self.ownerships.values() if o.user), None)
        types = (named.user_type, named.organization_type) if named else ("text", "text")
        return Who.of(actor, types, organization=organization)

    def may(self, table: Relation, operation: str) -> bool:
        """Whether the role has the privilege, for some columns at least, and a way into the schema."""
        if (table.name, operation) not in self._may:
            what = "table" if operation in ("delete", "truncate") else "any_column"
            query = f"SELECT has_{what}_privilege(%s, %s, %s) AND has_schema_privilege(%s, %s, 'USAGE')"
            values = (self.role, self.quoted(table), operation, self.role, table.schema)
            row: Any = self.connection.execute(query, values).fetchone()
            self._may[table.name, operation] = row[0]
        return self._may[table.name, operation]

    def others(self, table: Relation) -> tuple[Actor, ...]:
        """Whose rows A must not reach: a stranger's, and a colleague's where they are one user's alone."""
        owned = self.ownerships.get(table.name)
        colleague = owned is not None and personal(owned, self.ownerships) and (table.name, D.name)
        return (B, D) if colleague in self.rows.made else (B,)

    def named_by(self, table: Relation) -> tuple[str, ...]:
        """The columns by which the role names a row, which it must be allowed to read.

        Where the table is, or lies: system columns are for whoever may read all of it. Else its key, or what
        the role may read of it.
        """
        if table.name not in self._names:
            query = (
                "SELECT has_table_privilege(%(role)s, %(table)s, 'SELECT'), ARRAY(SELECT c FROM "
                "unnest(%(columns)s::text[]) c WHERE has_column_privilege(%(role)s, %(table)s, c, 'SELECT'))"
            )
            values = {
                "role": self.role,
                "table": self.quoted(table),
                "columns": [c.name for c in table.columns],
            }
            row: Any = self.connection.execute(query, values).fetchone()
            whole, granted = row
            keyed = table.key and set(table.key) <= set(granted)
            self._names[table.name] = SYSTEM if whole else table.key if keyed else tuple(granted)
        return self._names[table.name]

    def at(self, table: Relation, actor: Actor) -> tuple[Composed | SQL, dict[str, Any]]:
        """A WHERE that finds the actor's row, with its values."""
        from psycopg.sql import SQL, Identifier, Placeholder

        _, address = self.rows.made[table.name, actor.name]
        names = self.named_by(table)
        if names == SYSTEM:
            return SQL(" WHERE tableoid = %(oid)s AND ctid = %(ctid)s::tid"), dict(
                zip(("oid", "ctid"), address, strict=True)
            )
        row = self.rows.read(table, address) or {}
        parts = [
            SQL("{}::text IS NOT DISTINCT FROM {}").format(Identifier(n), Placeholder(f"at_{i}"))
            for i, n in enumerate(names)
        ]
        values = {f"at_{i}": None if row.get(n) is None else str(row[n]) for i, n in enumerate(names)}
        return SQL(" WHERE ") + SQL(" AND ").join(parts), values

    def sql(self, table: Relation) -> Identifier:
        """The table's name, quoted."""
        from psycopg.sql import Identifier

        return Identifier(table.schema, table.relname)

    def quoted(self, table: Relation) -> str:
        return self.sql(table).as_string(None)


def verdict(
    relation: Relation,
    operation: str,
    outcome: Outcome,
    detail: str,
    crossed: bool,
    *,
    other_errors: bool = False,
) -> Result:
    """What an attempt shows. other_errors: any error means that nothing happened, whatever it was about."""
    if outcome.failed:
        if outcome.refused or other_errors:
            return result_of(relation, operation, PROVEN)
        return result_of(
            relation, operation, UNKNOWN, f"could not be tried: {outcome.reason}", outcome.statement
        )
    if crossed:
        return result_of(relation, operation, OPEN, detail, outcome.statement)
    return result_of(relation, operation, PROVEN)


def result_of(
    relation: Relation, operation: str, state: str, detail: str = "", statement: str = ""
) -> Result:
    return Result(relation.sort, relation.name, operation, state, detail, statement)


def of_function(function: Function, state: str, detail: str = "", statement: str = "") -> Result:
    return Result("function", function.signature, "call", state, detail, statement)
