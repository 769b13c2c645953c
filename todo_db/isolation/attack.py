"""What every attack needs: the database, rows of two users in it, a role, and words for what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.isolation.attempts import Attempts, Outcome, Who
from todo_db.isolation.rows import Actor, Rows
from todo_db.isolation.subject import Function, Relation
from todo_db.ownership.declared import Ownerships

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Identifier

    Connection = psycopg.Connection[tuple[Any, ...]]

OPERATIONS = ("select", "insert", "update", "delete", "references", "truncate", "call")
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
        privilege = operation.upper()
        name = self.quoted(table)
        if privilege in ("DELETE", "TRUNCATE"):
            query = "SELECT has_table_privilege(%s, %s, %s)"
        else:
            query = "SELECT has_any_column_privilege(%s, %s, %s)"
        row = self.connection.execute(query, (self.role, name, privilege)).fetchone()
        schema = self.connection.execute(
            "SELECT has_schema_privilege(%s, %s, 'USAGE')", (self.role, table.schema)
        ).fetchone()
        return bool(row and row[0] and schema and schema[0])

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
