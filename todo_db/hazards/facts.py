"""What was measured of a revision, as plain values: relations as they were, and what each statement did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from todo_db.schema import display

Json = Mapping[str, Any]

TABLES = ("r", "p", "m")
READ_BLOCKING = frozenset({"AccessExclusiveLock"})
WRITE_BLOCKING = READ_BLOCKING | {"ExclusiveLock", "ShareRowExclusiveLock", "ShareLock"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalog tells it; `serial` names the sequence that it owns."""

    number: int
    name: str
    type: str
    required: bool
    default: str | None
    identity: str
    generated: str
    collation: int
    serial: str | None


@dataclass(frozen=True, slots=True)
class Constraint:
    """kind: p, u, f, c or x, as in pg_constraint. target: the table that a foreign key leads to, 0: none."""

    oid: int
    name: str
    kind: str
    valid: bool
    definition: str
    target: int
    index: int
    inherited: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What makes a relation an index. columns: plain key columns; keys: how many keys there are in all."""

    table: int
    unique: bool
    primary: bool
    exclusion: bool
    valid: bool
    keys: int
    definition: str
    partial: bool
    expressions: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, index, view or sequence at one moment. file changes when it is rewritten; size is in bytes.

    bounds: what the rows of a partition satisfy. populated: False for a materialized view without its rows.
    """

    oid: int
    schema: str
    name: str
    kind: str
    file: int
    tablespace: int
    persistence: str
    method: int
    replica: str
    owner: int
    acl: str | None
    security: tuple[bool, bool]
    size: int
    parents: tuple[int, ...]
    partition: bool
    bounds: str | None = None
    populated: bool = True
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    policies: tuple[tuple[Any, ...], ...] = ()
    index: IndexFacts | None = None

    @property
    def shown(self) -> str:
        """The name for people: without `public`."""
        return display(self.name) if self.schema == "public" else display(self.schema, self.name)

    @property
    def full(self) -> str:
        """The name as findings have it."""
        return display(self.schema, self.name)

    @property
    def is_table(self) -> bool:
        return self.kind in TABLES

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Named:
    """A type: its name, and its labels (enum) or constraints (domain), each with what identifies it."""

    name: str
    parts: tuple[tuple[Any, str], ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that is looked at, by oid, at one moment."""

    relations: Mapping[int, Relation] = field(default_factory=dict)
    enums: Mapping[int, Named] = field(default_factory=dict)
    domains: Mapping[int, Named] = field(default_factory=dict)
    schemas: Mapping[int, str] = field(default_factory=dict)
    extensions: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    functions: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    rights: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a statement changed in the catalog. relation: as it was before, where it was."""

    kind: str
    name: str
    relation: Relation | None = None
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Moved:
    """How often a relation was read through, and the rows that were written."""

    scans: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> int:
        return self.updated + self.deleted


@dataclass(frozen=True, slots=True)
class Step:
    """A statement and what it did.

    transaction: statements with the same number ran in one. autocommit: outside a transaction. alone:
    PostgreSQL refuses it in one. held and locks: the locks before and after, by oid. blocked: existing tables
    that a second session could no longer read, write. ended: it ended the transaction that it began in.
    """

    sql: str
    path: str
    line: int
    transaction: int
    autocommit: bool
    alone: bool
    ended: bool
    held: Mapping[int, frozenset[str]]
    locks: Mapping[int, frozenset[str]]
    blocked: Mapping[int, tuple[bool, bool]]
    moved: Mapping[int, Moved]
    before: Catalog
    after: Catalog
    events: tuple[Event, ...]
    settings: Mapping[str, str]

    def taken(self, oid: int) -> frozenset[str]:
        """The locks on a relation that this statement was the first to take."""
        return self.locks.get(oid, frozenset()) - self.held.get(oid, frozenset())

    def scanned(self, oid: int) -> bool:
        """Whether the rows of the relation were read."""
        return self.moved.get(oid, Moved()).scans > 0

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds."""
        return [e for e in self.events if e.kind in kinds]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a revision did not run. with_rows: it does on an empty database."""

    message: str
    sqlstate: str | None = None
    sql: str | None = None
    path: str | None = None
    line: int | None = None
    with_rows: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """A revision's statements.

    rerun: those that fail when they are sent again, with the message. counting: whether scans are counted.
    search_path: that of a new session.
    """

    first: Catalog
    last: Catalog
    steps: tuple[Step, ...]
    rerun: tuple[tuple[Step, str], ...] = ()
    counting: bool = True
    search_path: str = ""
    failures: tuple[Failure, ...] = ()
