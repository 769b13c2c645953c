"""Rows for every table of a scratch database: within its constraints, at the edges of types, with NULLs."""

# ruff: noqa: S608 - names are quoted, expressions are the catalog's own

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.constraint import IndexedConstraint
from todo_db.objects.enum import Enum
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.index import Index
from todo_db.objects.names import literal, quote, quoted
from todo_db.objects.table import Table
from todo_db.revisions import values
from todo_db.revisions.samples import candidates, samples
from todo_db.schema import DbObject, Key, Schema, display

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

ROWS = 6
_TRIES = 200
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w.])")

_STRING = re.compile(r"'(?:[^']|'')*'")

Row = dict[str, str | None]
"""By column the text of a value, None for NULL; a column that is left out takes its default."""


@dataclass(frozen=True, slots=True)
class Filled:
    """How many rows were made in each table, and why there are none where there are none."""

    rows: Mapping[Key, int] = field(default_factory=dict)
    empty: Mapping[Key, str] = field(default_factory=dict)


def fill(connection: Connection, schema: Schema, goal: Schema | None = None) -> Filled:
    """Put rows into the tables that have none; with `goal`, only such as it can live with, too.

    connection: autocommit, of the owner of the tables; row level security that is forced upon it is lifted
    meanwhile.
    """
    made: dict[Key, int] = {}
    empty: dict[Key, str] = {}
    for table in _in_order(schema):
        with _unforced(connection, table):
            there = _count(connection, table)
        if table.partition_of is not None or there:
            continue
        with _unforced(connection, table):
            number, reason = _Maker(connection, schema, table).fill()
            if number and goal is not None:
                left = fit(connection, table, schema, goal)
                reason = reason if left else "no row that could be made fits what the table is to become"
                number = left
        if number:
            made[table.key] = number
        else:
            empty[table.key] = reason
    return Filled(made, empty)


def fit(connection: Connection, table: Table, schema: Schema, goal: Schema) -> int:
    """Mend the rows that `goal` forbids, or take them away; gives how many are left.

    What such rows would stop on live is for a look at live to tell.
    """
    maker = _Maker(connection, schema, table)
    for column in schema.children(table.key, "column"):
        new = goal.objects.get(column.key)
        if not isinstance(column, Column) or not isinstance(new, Column):
            continue
        enum = goal.objects.get(Key("enum", new.type))
        if isinstance(enum, Enum):
            _only_labels(connection, table, column, enum)
        elif new.type != column.type:
            _without_bad_casts(connection, table, column, new)
    for obj in goal.objects.values():
        if obj.parent != table.key or obj == schema.objects.get(obj.key):
            continue
        condition = _forbidden(table, obj)
        if condition is not None:
            for change in maker.mends(obj):
                _attempt(connection, f"UPDATE {table.relation} AS t SET {change} WHERE {condition}")
            _attempt(connection, f"DELETE FROM {table.relation} AS t WHERE {condition}")
    return _count(connection, table)


def _forbidden(table: Table, obj: DbObject) -> str | None:
    """Which rows a column or a constraint would not have."""
    if isinstance(obj, Column):
        return f"t.{quote(obj.name)} IS NULL" if not obj.nullable else None
    if isinstance(obj, Check):
        return f"({obj.expression}) IS FALSE"
    if isinstance(obj, ForeignKey):
        pairs = zip(obj.columns, obj.target_columns, strict=True)
        same = " AND ".join(f"p.{quote(theirs)} = t.{quote(own)}" for own, theirs in pairs)
        given = " AND ".join(f"t.{quote(own)} IS NOT NULL" for own in obj.columns)
        target = quote(obj.target_schema, obj.target_table)
        return f"{given} AND NOT EXISTS (SELECT FROM {target} p WHERE {same})"
    if isinstance(obj, IndexedConstraint) or (isinstance(obj, Index) and obj.unique):
        names = obj.columns if isinstance(obj, Index) else tuple(map(quote, obj.columns))
        return f"ctid NOT IN (SELECT min(ctid) FROM {table.relation} GROUP BY {', '.join(names)})"
    return None


def _only_labels(connection: Connection, table: Table, column: Column, enum: Enum) -> None:
    """Values that are labels of what the enum is to be."""
    name = quote(column.name)
    labels = ", ".join(map(literal, enum.labels))
    for label in enum.labels:
        change = f"SET {name} = {literal(label)} WHERE {name}::text NOT IN ({labels})"
        if _attempt(connection, f"UPDATE {table.relation} {change}") is None:
            return


def _without_bad_casts(connection: Connection, table: Table, old: Column, new: Column) -> None:
    """Values that do not become one of the new type give way to such as do."""
    name = quote(old.name)
    for number, (ctid,) in enumerate(_rows(connection, f"SELECT ctid::text FROM {table.relation}")):
        here = f"FROM {table.relation} WHERE ctid = {literal(ctid)}::tid"
        if _attempt(connection, f"SELECT {name}::text::{new.type} {here}") is None:
            continue
        value = literal(samples(new.type, number)[0])
        change = f"SET {name} = {value}::{old.type} WHERE ctid = {literal(ctid)}::tid"
        if _attempt(connection, f"UPDATE {table.relation} {change}") is not None:
            _attempt(connection, f"DELETE {here}")


def sums(connection: Connection, schema: Schema, of: Iterable[Key]) -> dict[Key, tuple[str, str]]:
    """For each of these columns that is there its type, and a sum over its values whatever their order."""
    wanted = set(of)
    found: dict[Key, tuple[str, str]] = {}
    for table in (o for o in schema.objects.values() if isinstance(o, Table)):
        columns = [c for c in schema.children(table.key, "column") if c.key in wanted]
        if not columns or table.partition_key is not None:
            continue  # the rows are its partitions', whether they are attached or not
        parts = ", ".join(
            f"md5(coalesce(string_agg(h{n}, ',' ORDER BY h{n}), ''))" for n in range(len(columns))
        )
        hashes = ", ".join(
            f"md5(coalesce({quote(c.parts[-1])}::text, 'null')) AS h{n}" for n, c in enumerate(columns)
        )
        with _unforced(connection, table):
            rows = _rows(connection, f"SELECT {parts} FROM (SELECT {hashes} FROM ONLY {table.relation}) s")
        for column, value in zip(columns, rows[0] if rows else (), strict=False):
            if isinstance(column, Column):
                found[column.key] = (column.type, value)
    return found


def count(connection: Connection, schema: Schema) -> dict[Key, int]:
    """The number of rows of each table that has any; those of partitions are their table's."""
    tables = [o for o in schema.objects.values() if isinstance(o, Table) and o.partition_of is None]
    found = {t.key: _count(connection, t) for t in tables}
    return {key: number for key, number in found.items() if number}


def empty(connection: Connection, schema: Schema) -> None:
    """Take all rows away."""
    names = [o.relation for o in schema.objects.values() if isinstance(o, Table)]
    if names:
        _attempt(connection, f"TRUNCATE {', '.join(names)} CASCADE")


def _in_order(schema: Schema) -> list[Table]:
    """The tables, each after those that it refers to; in a circle any of them comes first."""
    tables = {k: o for k, o in schema.objects.items() if isinstance(o, Table)}
    needs: dict[Key, set[Key]] = {k: set() for k in tables}
    for obj in schema.objects.values():
        if isinstance(obj, ForeignKey) and obj.parent in needs:
            needs[obj.parent].add(Key("table", display(obj.target_schema, obj.target_table)))
    result: list[Table] = []
    while needs:
        free = [k for k, n in needs.items() if not (n - {k}) & needs.keys()]
        key = free[0] if free else min(needs, key=lambda k: len(needs[k] & needs.keys()))
        needs.pop(key)
        result.append(tables[key])
    return result


@dataclass(slots=True)
class _Maker:
    """Makes rows of one table."""

    connection: Connection
    schema: Schema
    table: Table
    known: Row = field(default_factory=dict)  # values with which a row was accepted
    places: list[Row] = field(default_factory=list)  # values that lead to each partition

    def fill(self) -> tuple[int, str]:
        """How many rows were made, and why the last one that was not could not be."""
        columns = [c for c in self.schema.children(self.table.key, "column") if isinstance(c, Column)]
        free = [c for c in columns if c.generated is None and c.identity is None and not _numbers_itself(c)]
        keys = [k for k in self.schema.children(self.table.key, "foreign key") if isinstance(k, ForeignKey)]
        parents = [self._parents(k) for k in keys]
        if (orphan := self._without_parents(columns, keys, parents)) is not None:
            return 0, orphan
        self.places = values.leading(self.schema, self.table) if self.table.partition_key else []
        count, reason = 0, "nothing was tried"
        for number in range(ROWS):
            for row in self._variants(free, keys, parents, number, tired=count > 0):
                refused = self._insert(row)
                if refused is None:
                    count += 1
                    break
                reason = refused
        if count and not _count(self.connection, self.table):
            return 0, "a trigger or a rule takes what is inserted"
        return count, reason

    def _without_parents(
        self, columns: Sequence[Column], keys: Sequence[ForeignKey], parents: Sequence[Sequence[object]]
    ) -> str | None:
        """Why there can be no rows, where they must refer to rows that are not there."""
        strict = {c.name for c in columns if not c.nullable}
        for key, rows in zip(keys, parents, strict=True):
            itself = (key.target_schema, key.target_table) == (self.table.schema, self.table.name)
            if not rows and not itself and strict.intersection(key.columns):
                return f"its rows must refer to rows of {key.target_table}, which has none yet"
        return None

    def _parents(self, key: ForeignKey) -> list[tuple[str | None, ...]]:
        names = ", ".join(f"{quote(c)}::text" for c in key.target_columns)
        return _rows(
            self.connection, f"SELECT {names} FROM {quote(key.target_schema, key.target_table)} LIMIT {ROWS}"
        )

    def _variants(
        self,
        columns: Sequence[Column],
        keys: Sequence[ForeignKey],
        parents: Sequence[Sequence[tuple[str | None, ...]]],
        number: int,
        *,
        tired: bool,
    ) -> Iterator[Row]:
        """A row, then the same with what the checks name; fewer attempts once there are rows."""
        row: Row = {c.name: self._value(c, number) for c in columns}
        for key, rows in zip(keys, parents, strict=True):
            pair = rows[number % len(rows)] if rows else (None,) * len(key.columns)
            row |= dict(zip(key.columns, pair, strict=True))
        tame = {c.name: self._value(c, number, tame=True) for c in columns if self._is_free(c, keys)}
        tame |= self._own_parents(row | tame, keys, number)
        if self.places:
            tame |= self.places[number % len(self.places)]
        yield row
        for name in self.known:  # one column of those that a check names may be at an edge, too
            yield {**row, **{k: v for k, v in self.known.items() if k != name}}
        yield {**row, **self.known}
        yield {**row, **tame}
        yield {**row, **tame, **self.known}
        choices: dict[str, list[str | None]] = {}
        for check in self.schema.children(self.table.key, "check"):
            if not isinstance(check, Check):
                continue
            for column in columns:
                if _names(check, column) and self._is_free(column, keys):
                    found = candidates(self._base(column), _words(check), number)
                    choices.setdefault(column.name, []).extend(found)
        for column in columns:  # a domain's own checks are tried, not read
            if not column.nullable and column.name in choices:
                choices[column.name] = [v for v in choices[column.name] if v is not None]
            if Key("domain", column.type) in self.schema.objects and self._is_free(column, keys):
                choices.setdefault(column.name, []).extend(candidates(self._base(column), [], number))
        self._leave_out_what_a_check_forbids(columns, choices)
        limit = 20 if tired else _TRIES
        for combination in itertools.islice(itertools.product(*choices.values()), limit):
            self.known = dict(zip(choices, combination, strict=True))
            yield {**row, **tame, **self.known}

    def _leave_out_what_a_check_forbids(
        self, columns: Sequence[Column], choices: dict[str, list[str | None]]
    ) -> None:
        """Checks that speak of one column alone are asked beforehand, so that few combinations are left."""
        types = {c.name: c.type for c in columns}
        for check in self.schema.children(self.table.key, "check"):
            if not isinstance(check, Check):
                continue
            named = [c.name for c in columns if _names(check, c)]
            if len(named) != 1 or named[0] not in choices:
                continue
            (name,) = named
            given = ", ".join(f"({n}, {literal(v)}::{types[name]})" for n, v in enumerate(choices[name]))
            query = (
                f"SELECT n FROM (VALUES {given}) t (n, {quote(name)}) WHERE ({check.expression}) IS NOT FALSE"
            )
            kept = [choices[name][n] for (n,) in _rows(self.connection, f"{query} ORDER BY n")]
            choices[name] = kept or choices[name]

    def _own_parents(self, row: Row, keys: Sequence[ForeignKey], number: int) -> Row:
        """Where a row must have a parent and the table has none yet, it is its own."""
        found: Row = {}
        for key in keys:
            if (key.target_schema, key.target_table) == (self.table.schema, self.table.name):
                for own, theirs in zip(key.columns, key.target_columns, strict=True):
                    if row.get(own) is None and own in row:
                        found[own] = found[theirs] = row.get(theirs) or str(number + 1001)
        return found

    @staticmethod
    def _is_free(column: Column, keys: Sequence[ForeignKey]) -> bool:
        return not any(column.name in key.columns for key in keys)

    def mends(self, obj: DbObject) -> Iterator[str]:
        """Assignments that may make a row one that `obj` allows."""
        columns = [c for c in self.schema.children(self.table.key, "column") if isinstance(c, Column)]
        for column in columns:
            tried: list[str | None]
            if isinstance(obj, Column) and column.name == obj.name:
                tried = [self._value(obj, 0, tame=True), self._value(column, 0, tame=True)]
            elif isinstance(obj, Check) and _names(obj, column):
                tried = candidates(self._base(column), _words(obj), 0)
            elif isinstance(obj, ForeignKey) and obj.columns == (column.name,):
                tried = [row[0] for row in self._parents(obj)]
            else:
                continue
            for value in tried:
                yield f"{quote(column.name)} = {literal(value)}::{column.type}"

    def _value(self, column: Column, number: int, *, tame: bool = False) -> str | None:
        if column.nullable and not tame and number == ROWS - 1:
            return None
        found = values.values(self.schema, column.type, number)
        return found[0] if tame else found[number % len(found)]

    def _base(self, column: Column) -> str:
        return values.base(self.schema, column.type)

    def _insert(self, row: Row) -> str | None:
        """Insert; None, or why it was refused."""
        types = {c.parts[-1]: c for c in self.schema.children(self.table.key, "column")}
        names = list(row)
        if not names:
            return _attempt(self.connection, f"INSERT INTO {self.table.relation} DEFAULT VALUES")
        given = ", ".join(f"{literal(row[n])}::{getattr(types[n], 'type', 'text')}" for n in names)
        return _attempt(
            self.connection, f"INSERT INTO {self.table.relation} ({quoted(names)}) VALUES ({given})"
        )


def _names(check: Check, column: Column) -> bool:
    """Whether a check speaks of a column."""
    plain = _STRING.sub("", check.expression)
    return re.search(rf"(?<!\w){re.escape(quote(column.name))}(?!\w)", plain) is not None


def _words(check: Check) -> list[str]:
    """The strings and numbers that a check names."""
    return [text.replace("''", "'") or number for text, number in _LITERAL.findall(check.expression)]


@contextmanager
def _unforced(connection: Connection, table: Table) -> Iterator[None]:
    """Policies do not hold for the owner while the body runs."""
    if not table.force_row_security:
        yield
        return
    _attempt(connection, f"ALTER TABLE {table.relation} NO FORCE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        _attempt(connection, f"ALTER TABLE {table.relation} FORCE ROW LEVEL SECURITY")


def _numbers_itself(column: Column) -> bool:
    return column.default is not None and column.default.startswith("nextval(")


def _attempt(connection: Connection, sql: str) -> str | None:
    """Run a statement; None, or why it does not run."""
    import psycopg

    try:
        with connection.transaction():
            connection.execute(sql.encode(), prepare=False)
    except psycopg.Error as error:
        return error.diag.message_primary or str(error)
    return None


def _rows(connection: Connection, sql: str) -> list[Any]:
    import psycopg

    try:
        with connection.transaction():
            return connection.execute(sql.encode(), prepare=False).fetchall()
    except psycopg.Error:
        return []


def _count(connection: Connection, table: Table) -> int:
    rows = _rows(connection, f"SELECT count(*) FROM {table.relation}")
    return int(rows[0][0]) if rows else 0
