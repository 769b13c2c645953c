"""The specification as its author stated it: tables, columns and the rest, with places and with what is
unsaid.

The shape is that of `schema.yaml`. Every field that a document may leave open is `UNSAID` until a
statement says otherwise; `None` means that the document says 'none' (no default, no ON DELETE rule).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from todo_db.findings import Finding, Place


class Unsaid(Enum):
    """The type of `UNSAID`."""

    UNSAID = "unsaid"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSAID"


UNSAID: Final = Unsaid.UNSAID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSpec:
    """The target of a foreign key. Actions are lower case: 'cascade', 'set null', 'restrict', 'no
    action', 'set default'."""

    table: str
    columns: tuple[str, ...] = ()  # empty: the target's primary key
    on_delete: str | Unsaid = UNSAID
    on_update: str | Unsaid = UNSAID
    name: str | Unsaid = UNSAID  # of the constraint
    deferrable: str | Unsaid = UNSAID  # 'not deferrable', 'deferrable', 'initially deferred'


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """A column. `type` and `server_default` are SQL as written; `type` may be a family ('string').

    unique, index: any unique constraint or index, any index, on exactly this column. Where the table
    also lists one (named or not), that is the same one, not a second.
    max_length: a length that is said beside a type which has none ('string, max 200 characters').
    """

    name: str
    type: str | Unsaid = UNSAID
    max_length: int | Unsaid = UNSAID
    nullable: bool | Unsaid = UNSAID
    primary_key: bool | Unsaid = UNSAID
    unique: bool | Unsaid = UNSAID
    index: bool | Unsaid = UNSAID
    autoincrement: bool | Unsaid = UNSAID
    identity: Literal["always", "by default"] | None | Unsaid = UNSAID
    server_default: str | None | Unsaid = UNSAID
    default: str | None | Unsaid = UNSAID  # set by the application, not by the database
    generated: str | None | Unsaid = UNSAID
    collation: str | None | Unsaid = UNSAID
    on_update: str | None | Unsaid = UNSAID  # e.g. 'now()': refreshed by the application or a trigger
    references: ReferenceSpec | None | Unsaid = UNSAID
    comment: str | None | Unsaid = UNSAID  # COMMENT ON
    description: str = ""  # prose for readers, never compared
    renamed_from: str | None = None
    place: Place | None = None
    places: dict[str, Place] = field(default_factory=dict)  # by field name, where it differs from `place`


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKeySpec:
    columns: tuple[str, ...]
    name: str | Unsaid = UNSAID
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueSpec:
    columns: tuple[str, ...]
    name: str | Unsaid = UNSAID
    nulls_not_distinct: bool | Unsaid = UNSAID
    deferrable: str | Unsaid = UNSAID  # 'not deferrable', 'deferrable', 'initially deferred'
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKeySpec:
    """A foreign key stated as a constraint; one on a single column stands in `ColumnSpec.references`."""

    columns: tuple[str, ...]
    references: ReferenceSpec
    name: str | Unsaid = UNSAID
    deferrable: str | Unsaid = UNSAID
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A CHECK; `expr` is SQL without the word CHECK and without the outer parentheses."""

    expr: str
    name: str | Unsaid = UNSAID
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionSpec:
    """An EXCLUDE constraint; `definition` is SQL from EXCLUDE on."""

    definition: str
    name: str | Unsaid = UNSAID
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSpec:
    """An index; a column entry is a name, or an expression in parentheses, with an optional
    ASC/DESC/NULLS part."""

    columns: tuple[str, ...]
    name: str | Unsaid = UNSAID
    unique: bool | Unsaid = UNSAID
    method: str | Unsaid = UNSAID
    where: str | None | Unsaid = UNSAID
    include: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumSpec:
    name: str
    values: tuple[str, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSpec:
    name: str
    type: str
    nullable: bool | Unsaid = UNSAID
    default: str | None | Unsaid = UNSAID
    checks: tuple[CheckSpec, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceSpec:
    """A sequence of its own (one that a serial or identity column brings along is not stated)."""

    name: str
    type: str | Unsaid = UNSAID
    start: int | Unsaid = UNSAID
    increment: int | Unsaid = UNSAID
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """A table. `name` may be qualified by a schema ('audit.log').

    managed_by: who makes and changes it when it is not this project ('better-auth'); the table is external.
    owner: the column that says which user a row belongs to (or what `spec.owners` reads: organizations,
    memberships); None says that the table is shared. owner_place: where that is stated as such; None where
    it was only gathered from what the text says of a column or of users.
    states_policies: the document has policies of its own for the table, in SQL.
    lists_indexes, lists_constraints: the document states which ones there are, so that one it does not
    name is a difference; otherwise it is silent about further ones.
    """

    name: str
    columns: tuple[ColumnSpec, ...] = ()
    managed_by: str | None = None
    owner: str | None | Unsaid = UNSAID
    owner_place: Place | None = None
    states_policies: bool = False
    primary_key: PrimaryKeySpec | None = None  # composite or named; else the columns say
    uniques: tuple[UniqueSpec, ...] = ()
    foreign_keys: tuple[ForeignKeySpec, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    exclusions: tuple[ExclusionSpec, ...] = ()
    indexes: tuple[IndexSpec, ...] = ()
    lists_indexes: bool = False
    lists_constraints: bool = False
    comment: str | None | Unsaid = UNSAID
    description: str = ""
    renamed_from: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of a document that states nothing, and why it was passed over."""

    place: Place
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One specification, read from one or several files.

    findings: contradictions and questions of the document itself, each with its places.
    """

    tables: tuple[TableSpec, ...] = ()
    enums: tuple[EnumSpec, ...] = ()
    domains: tuple[DomainSpec, ...] = ()
    sequences: tuple[SequenceSpec, ...] = ()
    extensions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    passed_over: tuple[Passage, ...] = ()
    paths: tuple[str, ...] = ()

    def table(self, name: str) -> TableSpec | None:
        """The table of that name, or None."""
        return next((t for t in self.tables if t.name == name), None)
