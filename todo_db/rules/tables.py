"""A specification as its rules look at it: keys and indexes put together from wherever they are stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from todo_db.findings import Place
from todo_db.schema import display
from todo_db.spec import owners
from todo_db.spec.document import (
    UNSAID,
    ColumnSpec,
    IndexSpec,
    ReferenceSpec,
    Specification,
    TableSpec,
    Unsaid,
)

SIDE = "spec"
_USERS = re.compile(r"(?:\w+_)?users?\Z", re.IGNORECASE)
_OWNER_NAMES = ("user_id", "owner_id", "userid", "ownerid", "owner", "user_uuid")
_DIRECTION = re.compile(r"\s+(?:asc|desc)?(?:\s*nulls\s+(?:first|last))?\s*\Z", re.IGNORECASE)
_ORDERED = (UNSAID, "btree", "hash")  # the methods that find a row by its leading column


def bare(entry: str) -> str:
    """A column of an index without direction and quotes, in lower case."""
    return _DIRECTION.sub("", entry).strip().strip('"`').lower()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key, whether stated beside a column or as a constraint."""

    columns: tuple[str, ...]
    target: ReferenceSpec
    place: Place | None

    @property
    def label(self) -> str:
        return ", ".join(self.columns)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Something that finds rows by its columns, which are bare. `spec` is the index, None for a key."""

    columns: tuple[str, ...]
    label: str
    unique: bool | Unsaid
    place: Place | None
    spec: IndexSpec | None = None

    @property
    def whole(self) -> bool:
        """Whether it holds every row, in an order."""
        return self.spec is None or (not self.spec.where and self.spec.method in _ORDERED)


class Table:
    """One table of the specification."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self.external = spec.managed_by is not None

    def object(self, *rest: str) -> str:
        """The name under which findings show the table, or something in it."""
        parts = self.name.split(".")
        return display(*(parts if len(parts) > 1 else ("public", *parts)), *rest)

    def column(self, name: str) -> ColumnSpec | None:
        """The column of that name, whatever its capitals."""
        return next((c for c in self.spec.columns if c.name.lower() == name.lower()), None)

    def nullable(self, name: str) -> bool | Unsaid:
        """Whether the column may be null, where the document says so."""
        column = self.column(name)
        return UNSAID if column is None else column.nullable

    def place(self, column: str = "", fact: str = "") -> Place | None:
        """Where the fact, or else the column, or else the table is stated."""
        found = self.column(column) if column else None
        return (found.places.get(fact) or found.place if found is not None else None) or self.spec.place

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty where the document states none."""
        if self.spec.primary_key is not None:
            return self.spec.primary_key.columns
        return tuple(c.name for c in self.spec.columns if c.primary_key is True)

    @cached_property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        """Each foreign key once."""
        beside = [
            ForeignKey((c.name,), c.references, c.places.get("references") or c.place)
            for c in self.spec.columns
            if isinstance(c.references, ReferenceSpec)
        ]
        stated = [ForeignKey(k.columns, k.references, k.place) for k in self.spec.foreign_keys]
        known = {key.columns for key in beside}
        return (*beside, *(key for key in stated if key.columns not in known))

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        """The primary key, unique constraints and indexes."""
        return tuple(self._lookups())

    def _lookups(self) -> Iterator[Lookup]:
        if self.primary_key:
            key = self.spec.primary_key
            yield Lookup(_bare(self.primary_key), "the primary key", True, key.place if key else None)
        listed = {_bare(u.columns) for u in self.spec.uniques}
        for unique in self.spec.uniques:
            yield Lookup(_bare(unique.columns), f"unique ({', '.join(unique.columns)})", True, unique.place)
        for column in self.spec.columns:
            if column.unique is True and (column.name.lower(),) not in listed:
                place = column.places.get("unique") or column.place
                yield Lookup((column.name.lower(),), f"{column.name} unique", True, place)
        for index in self.spec.indexes:
            label = str(index.name) if index.name else f"the index on ({', '.join(index.columns)})"
            yield Lookup(_bare(index.columns), label, index.unique, index.place, index)

    def indexed(self, columns: tuple[str, ...]) -> bool | Unsaid:
        """Whether an index begins with these columns, in any order; UNSAID where the document is silent."""
        wanted = {c.lower() for c in columns}
        for lookup in self.lookups:
            method = lookup.spec.method if lookup.spec is not None else UNSAID
            if method in _ORDERED and set(lookup.columns[: len(wanted)]) == wanted:
                return True
        column = self.column(columns[0]) if len(columns) == 1 else None
        if column is not None and column.index is True:
            return True
        said = self.spec.lists_indexes or (column is not None and column.index is False)
        return False if said else UNSAID

    @property
    def is_link(self) -> bool:
        """Whether it only ties rows of other tables together."""
        tied = {c.lower() for key in self.foreign_keys for c in key.columns}
        return len(self.foreign_keys) > 1 and all(
            c.name.lower() in tied or c.name.lower() == "id" or is_time(c) for c in self.spec.columns
        )


class Tables:
    """The tables of a specification. `own` are those that this project makes; only they are held to rules."""

    def __init__(self, spec: Specification) -> None:
        self.spec = spec
        self.every = tuple(Table(t) for t in spec.tables)
        self.own = tuple(t for t in self.every if not t.external)
        self._by_name = {t.name.lower(): t for t in self.every}

    def named(self, name: str) -> Table | None:
        """The table of that name, whatever its capitals."""
        return self._by_name.get(name.lower())

    def asked(self, code: str, *names: str) -> bool:
        """Whether the reader has already asked this about something: no rule asks twice."""
        parts = [part for name in names for part in name.split(".")]
        wanted = {display(*parts), display("public", *parts)}
        return any(f.code == code and f.object in wanted for f in self.spec.findings)

    @property
    def have_users(self) -> bool:
        """Whether rows can belong to somebody: there are users, or something refers to them."""
        return any(is_users(t.name) for t in self.every) or any(self.owner(t) for t in self.own)

    def owner(self, table: Table) -> ColumnSpec | None:
        """The column that says whose a row is: the one the document names, else `user_id` and the like."""
        if table.spec.owner is None or is_users(table.name):
            return None
        if table.spec.owner:
            words = owners.read(table.spec.owner)
            return table.column(words.columns[0]) if words and words.columns else None
        return next((c for name in _OWNER_NAMES if (c := table.column(name)) is not None), None)

    def belongs(self, table: Table, seen: frozenset[str] = frozenset()) -> bool:
        """Whether its rows are somebody's, by an owner of their own or through the table they hang on."""
        if self.owner(table) is not None or is_users(table.name):
            return True
        parents = (self.named(key.target.table) for key in table.foreign_keys)
        seen = seen | {table.name}
        return any(
            p is not None and p.name not in seen and not is_users(p.name) and self.belongs(p, seen)
            for p in parents
        )


def is_users(name: str) -> bool:
    """Whether a table holds the users themselves, going by its name."""
    return bool(_USERS.match(name.rpartition(".")[2]))


def is_time(column: ColumnSpec) -> bool:
    """Whether a column holds a point in time."""
    return bool(column.type) and str(column.type).lower().startswith(("timestamp", "datetime"))


def words(name: str) -> list[str]:
    """The words of a name, whether in snake_case or camelCase, in lower case."""
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def _bare(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(bare(c) for c in columns)
