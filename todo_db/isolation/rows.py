"""Makes rows of two users that a database accepts, whatever its constraints ask for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.isolation.subject import Column, Relation
from todo_db.ownership.declared import Owned, Ownerships

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_TRIES = 300
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w.])")
_INTEGERS = ("smallint", "integer", "bigint")
_NUMBERS = ("numeric", "real", "double precision", "money")
_TEXTS = ("text", "character varying", "character", "bpchar", "citext", "name")


@dataclass(frozen=True, slots=True)
class Actor:
    """One of the users, with an organization: its own, or that of its host."""

    name: str
    number: int
    host: Actor | None = None

    def identity(self, type_: str, what: str) -> Any:
        """The id of the user or of the organization in a column's type."""
        if what != "user" and self.host is not None:
            return self.host.identity(type_, what)
        offset = 0 if what == "user" else 50
        if type_ in _INTEGERS or type_ in _NUMBERS:
            return 30000 + offset + self.number
        if type_ == "uuid":
            return f"{self.number:08d}-0000-4000-8000-{offset:012d}"
        return f"{what}_{self.name}"


A, B, C = Actor("a", 1), Actor("b", 2), Actor("c", 3)  # C has no rows
D = Actor("d", 4, host=A)  # a colleague: A's organization, another user
Address = tuple[int, str]
"""A row by tableoid and ctid, which every table has."""


class RowError(Exception):
    """No row could be made; the text is the reason."""


@dataclass
class Rows:
    """Rows of the actors in every table, as the superuser of the connection makes them.

    made: by table and actor the values and the address. Ids of users and organizations stand in the columns
    that the declarations name, and in the columns that those refer to.
    """

    connection: Connection
    relations: Mapping[str, Relation]
    ownerships: Ownerships
    first_number: int = 1
    made: dict[tuple[str, str], tuple[dict[str, Any], Address]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    _number: Iterator[int] = field(init=False)
    _identities: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._number = itertools.count(self.first_number)
        for owned in self.ownerships.values():
            for column, what in ((owned.user, "user"), (owned.organization, "organization")):
                if column is None:
                    continue
                self._identities[owned.table, column] = what
                for reference in self._references(owned.table):
                    if reference.pairs[0][0] == column and len(reference.pairs) == 1:
                        self._identities[reference.target, reference.pairs[0][1]] = what

    def _references(self, table: str) -> list[Any]:
        return self.relations[table].references if table in self.relations else []

    def fill(self) -> None:
        """One row for each actor in each table; what cannot be made goes to `failed` with the reason.

        The colleague has rows only where organizations and users own together: elsewhere B shows the same.
        """
        together = any(personal(owned, self.ownerships) for owned in self.ownerships.values())
        for relation in self.relations.values():
            if not relation.is_table:
                continue
            for actor in (A, B, D) if together else (A, B):
                try:
                    with self.connection.transaction():
                        self.made[relation.name, actor.name] = self.insert(relation, actor, deep=False)
                except RowError as error:
                    if actor is not D:  # whose organization, for one, is there already
                        self.failed.setdefault(relation.name, str(error))

    def insert(self, relation: Relation, actor: Actor, *, deep: bool) -> tuple[dict[str, Any], Address]:
        """Write one more row. deep: with new parents, so that no one-to-one is in the way."""
        values = self.values(relation, actor, deep=deep)
        return values, self.write(relation, values)

    def values(self, relation: Relation, actor: Actor, *, deep: bool) -> dict[str, Any]:
        """The values of a row that the database accepts, found by trying; nothing stays written."""
        values = self._first(relation, actor, deep=deep)
        reason = "nothing was tried"
        for attempt in self._variants(relation, values):
            refusal = self._refused(relation, attempt)
            if refusal is None:
                return attempt
            reason = refusal
        raise RowError(reason)

    def write(self, relation: Relation, values: Mapping[str, Any]) -> Address:
        """Insert; returns where the row lies. Raises psycopg.Error."""
        row = self.connection.execute(insert_sql(relation, values, " RETURNING tableoid, ctid::text"), values)
        found: Any = row.fetchone()
        return (found[0], found[1])

    def telling(self) -> frozenset[str]:
        """Values that occur only in rows that A must not see: B's, and what the colleague alone owns."""
        hidden: set[str] = set()
        shown: set[str] = set()
        for (table, name), (row, _) in self.made.items():
            owned = self.ownerships.get(table)
            closed = name == B.name or (
                name == D.name and owned is not None and personal(owned, self.ownerships)
            )
            (hidden if closed else shown).update(str(v) for v in row.values())
        return frozenset(v for v in hidden - shown if len(v) > 3)

    def own(self) -> frozenset[str]:
        """Values of A's rows that tell they are A's."""
        values = {
            n: {str(v) for (_, name), (row, _) in self.made.items() for v in row.values() if name == n}
            for n in (A.name, B.name)
        }
        return frozenset(v for v in values[A.name] - values[B.name] if len(v) > 3)

    def _first(self, relation: Relation, actor: Actor, *, deep: bool) -> dict[str, Any]:
        values: dict[str, Any] = {}
        number = next(self._number)
        for column in relation.columns:
            what = self._identities.get((relation.name, column.name))
            if column.given:
                continue
            if what is not None:
                values[column.name] = actor.identity(column.type, what)
            elif (column.required and not column.has_default) or column.name in relation.key:
                values[column.name] = value_of(column, number, actor)
        for reference in relation.references:
            if reference.target == relation.name or self._is_identity(relation, reference):
                if reference.target == relation.name:
                    for own, _ in reference.pairs:
                        if (c := relation.column(own)) is not None and not c.required:
                            values.pop(own, None)
                continue
            parent = self._parent(reference.target, actor, deep=deep)
            if parent is None:
                if any((c := relation.column(own)) and c.required for own, _ in reference.pairs):
                    raise RowError(f"there is no row in {reference.target} to refer to")
                continue
            values |= {own: parent[theirs] for own, theirs in reference.pairs if theirs in parent}
        return values

    def _is_identity(self, relation: Relation, reference: Any) -> bool:
        return all((relation.name, own) in self._identities for own, _ in reference.pairs)

    def _parent(self, table: str, actor: Actor, *, deep: bool) -> dict[str, Any] | None:
        """All values of a row to refer to."""
        known = self.made.get((table, actor.name))
        if known is None and actor.host is not None:
            known = self.made.get((table, actor.host.name))
        relation = self.relations[table]
        owned = self.ownerships.get(table)
        one_of_a_kind = any((table, c) in self._identities for c in relation.key)
        if deep and known is not None and not one_of_a_kind and owned is not None and owned.scoped:
            try:
                _, address = self.insert(relation, actor, deep=True)
            except RowError:
                address = known[1]
        elif known is None:
            return None
        else:
            address = known[1]
        return self.read(relation, address)

    def read(self, relation: Relation, address: Address) -> dict[str, Any] | None:
        """A row as it is stored now, by column."""
        from psycopg import sql
        from psycopg.rows import dict_row

        query = sql.SQL("SELECT * FROM {} WHERE tableoid = %s AND ctid = %s::tid").format(
            sql.Identifier(relation.schema, relation.relname)
        )
        return self.connection.cursor(row_factory=dict_row).execute(query, address).fetchone()

    def _variants(self, relation: Relation, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The values as they are, then with those that CHECK constraints name in the columns they name."""
        yield values
        fixed = {c for (table, c) in self._identities if table == relation.name}
        fixed |= {own for r in relation.references for own, _ in r.pairs}
        choices: dict[str, list[Any]] = {}
        for columns, definition in relation.checks.values():
            literals = [text.replace("''", "'") or number for text, number in _LITERAL.findall(definition)]
            for name in columns:
                column = relation.column(name)
                if column is None or column.given or name in fixed:
                    continue
                choices.setdefault(name, []).extend(_candidates(column, literals))
        names = list(choices)
        for combination in itertools.islice(itertools.product(*choices.values()), _TRIES):
            yield {**values, **dict(zip(names, combination, strict=True))}

    def _refused(self, relation: Relation, values: Mapping[str, Any]) -> str | None:
        import psycopg

        try:
            with self.connection.transaction(force_rollback=True):
                self.write(relation, values)
        except psycopg.Error as error:
            return error.diag.message_primary or str(error)
        return None


def personal(owned: Owned, ownerships: Ownerships) -> bool:
    """Whether rows are one user's within an organization, so that its other members must not reach them."""
    while owned.through is not None:
        owned = ownerships[owned.through.table]
    return owned.user is not None and owned.organization is not None


def insert_sql(relation: Relation, values: Mapping[str, Any], tail: str = "") -> Any:
    """INSERT with one named parameter per value."""
    from psycopg import sql

    table = sql.Identifier(relation.schema, relation.relname)
    if not values:
        return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table) + sql.SQL(tail)
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        table,
        sql.SQL(", ").join(sql.Identifier(name) for name in values),
        sql.SQL(", ").join(
            sql.SQL("{}::" + _cast(relation, name)).format(sql.Placeholder(name)) for name in values
        ),
    ) + sql.SQL(tail)


def _cast(relation: Relation, name: str) -> str:
    column = relation.column(name)
    return column.type if column is not None else "text"


def value_of(column: Column, number: int, actor: Actor) -> Any:
    """A value of the column's type that no other row has, and that tells whose it is where it can."""
    base = column.type.removesuffix("[]")
    if column.type.endswith("[]"):
        return "{}"
    if column.labels:
        return column.labels[0]
    if base in _INTEGERS:
        return actor.number * 10000 + number
    if base in _NUMBERS:
        return number % 10  # whatever its precision
    if base in _TEXTS:
        return f"{actor.name}{number}_{actor.name * 3}"[: column.length or 40]
    simple: dict[str, Any] = {
        "boolean": False,
        "uuid": f"{actor.number:08d}-0000-4000-9000-{number:012d}",
        "date": "2026-01-01",
        "json": "{}",
        "jsonb": "{}",
        "bytea": b"x",
        "interval": "1 day",
        "inet": "127.0.0.1",
        "time without time zone": "12:00",
        "time with time zone": "12:00+00",
        "timestamp with time zone": "2026-01-01T00:00:00Z",
        "timestamp without time zone": "2026-01-01T00:00:00",
    }
    return simple.get(base, f"{number}")


def _candidates(column: Column, literals: list[str]) -> list[Any]:
    """What a CHECK might want: its own literals, and their neighbours for numbers."""
    if column.type == "boolean":
        return [False, True]
    if column.type in _INTEGERS or column.type in _NUMBERS:
        numbers = [float(x) for x in literals if re.fullmatch(r"-?\d+(\.\d+)?", x)]
        return [int(n + d) for n in numbers for d in (0, 1, -1)] + [1, 0]
    if column.type in _TEXTS:
        return [x for x in literals if not re.fullmatch(r"-?\d+", x)] + ["a@b.example", "#a0b0c0", "abc"]
    return [*literals, *([] if column.required else [None]), value_of(column, 1, A)]
