"""A schema as a specification: what a database holds, in the words of a spec.

A specification cannot say everything that a catalog holds. What is left out is counted and named, so that
nobody takes the one for the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.objects.exclusion import Exclusion
from todo_db.objects.extension import Extension
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.index import Index
from todo_db.objects.namespace import Namespace
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.objects.unique import Unique
from todo_db.schema import DbObject, Key, Schema, display, fact_fields
from todo_db.spec import readable
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    DomainSpec,
    EnumSpec,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    SequenceSpec,
    Specification,
    TableSpec,
    UniqueSpec,
    Unsaid,
)

# The facts that a specification has words for; any other is left out where it is not the usual value.
_TOLD: Mapping[type[DbObject], frozenset[str]] = {
    Namespace: frozenset(),
    Extension: frozenset({"schema", "version"}),  # both follow from the server that installs it
    Enum: frozenset({"labels"}),
    Domain: frozenset({"type", "nullable", "default", "checks"}),
    Sequence: frozenset({"type", "start", "increment"}),
    Table: frozenset({"comment"}),
    Column: frozenset({"type", "nullable", "default", "identity", "generated", "collation", "comment"}),
    PrimaryKey: frozenset({"columns"}),
    Unique: frozenset({"columns", "nulls_not_distinct", "deferrable", "deferred"}),
    ForeignKey: frozenset(
        {"columns", "target_schema", "target_table", "target_columns", "on_delete", "on_update"}
        | {"deferrable", "deferred"}
    ),
    Check: frozenset({"expression"}),
    Exclusion: frozenset({"definition"}),
    Index: frozenset({"columns", "unique", "method", "orders", "include", "predicate"}),
}


@dataclass(frozen=True, slots=True)
class Converted:
    """A specification, and what of the schema it does not say: 'view', 'column.storage' → how often."""

    specification: Specification
    left_out: Mapping[str, int] = field(default_factory=dict)


def to_specification(schema: Schema) -> Converted:
    """The schema as a specification that states all of its tables' columns, constraints and indexes."""
    converter = _Converter(schema)
    specification = Specification(
        tables=tuple(converter.table(t) for t in schema.of("table") if isinstance(t, Table)),
        enums=tuple(_enum(e) for e in schema.of("enum") if isinstance(e, Enum)),
        domains=tuple(converter.domain(d) for d in schema.of("domain") if isinstance(d, Domain)),
        sequences=tuple(converter.sequences()),
        extensions=tuple(e.name for e in schema.of("extension") if isinstance(e, Extension)),
        schemas=tuple(n.name for n in schema.of("schema") if isinstance(n, Namespace) and n.name != "public"),
    )
    return Converted(specification, converter.left_out())


def _enum(enum: Enum) -> EnumSpec:
    return EnumSpec(name=_name(enum.schema, enum.name), values=enum.labels)


def _name(schema: str, name: str) -> str:
    return name if schema == "public" else f"{schema}.{name}"


class _Converter:
    """Holds the schema and the sequences that a serial column brings along."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._members: dict[Key, list[DbObject]] = {}
        for obj in schema.objects.values():
            if obj.parent is not None:
                self._members.setdefault(obj.parent, []).append(obj)
        self._serial = {
            s.key for s in schema.of("sequence") if isinstance(s, Sequence) and self._is_serial(s)
        }

    def _of(self, table: Table, kind: type[Any]) -> list[Any]:
        return [m for m in self._members.get(table.key, ()) if isinstance(m, kind)]

    def table(self, table: Table) -> TableSpec:
        keys = {f.columns[0]: f for f in self._of(table, ForeignKey) if len(f.columns) == 1}
        primary = next(iter(self._of(table, PrimaryKey)), None)
        columns = sorted(self._of(table, Column), key=lambda c: c.position)
        return TableSpec(
            name=_name(table.schema, table.name),
            columns=tuple(self._column(c, primary, keys.get(c.name)) for c in columns),
            managed_by="others" if table.key in self._schema.external else None,
            primary_key=_primary_key(primary),
            uniques=tuple(_unique(u) for u in self._of(table, Unique)),
            foreign_keys=tuple(
                _foreign_key(f) for f in self._of(table, ForeignKey) if f not in keys.values()
            ),
            checks=tuple(
                CheckSpec(expr=readable.bare(c.expression), name=c.name) for c in self._of(table, Check)
            ),
            exclusions=tuple(
                ExclusionSpec(definition=e.definition, name=e.name) for e in self._of(table, Exclusion)
            ),
            indexes=tuple(_index(i, [c.name for c in columns]) for i in self._of(table, Index)),
            lists_indexes=True,
            lists_constraints=True,
            comment=table.comment or UNSAID,
        )

    def _column(self, column: Column, primary: PrimaryKey | None, key: ForeignKey | None) -> ColumnSpec:
        """What a person would write down of it: an absent comment or identity is not worth a word."""
        serial = self._serial_key(column) in self._serial
        return ColumnSpec(
            name=column.name,
            type=readable.short_type(column.type),
            nullable=column.nullable,
            primary_key=True if primary is not None and column.name in primary.columns else UNSAID,
            autoincrement=True if serial else UNSAID,
            identity=column.identity or UNSAID,  # type: ignore[arg-type]  # the catalog knows two kinds
            server_default=UNSAID
            if serial or column.generated
            else readable.short_default(column.default, column.type),
            generated=readable.bare(column.generated) if column.generated else UNSAID,
            collation=column.collation or UNSAID,
            references=_reference(key) if key else UNSAID,
            comment=column.comment or UNSAID,
        )

    # -- sequences -------------------------------------------------------------------------------

    def _is_serial(self, sequence: Sequence) -> bool:
        """Whether `serial` says all of it: owned by the column that draws from it, and plain."""
        usual = (sequence.start, sequence.increment, sequence.minimum, sequence.cache, sequence.cycle)
        column = self._schema.objects.get(Key("column", sequence.owned_by or ""))
        return (
            usual == (1, 1, 1, 1, False)
            and isinstance(column, Column)
            and column.type == sequence.type
            and sequence.name == f"{column.table}_{column.name}_seq"
            and self._serial_key(column) == sequence.key
        )

    def _serial_key(self, column: Column) -> Key | None:
        """The sequence that a column's default draws from, if the default does nothing else."""
        found = re.fullmatch(r"nextval\('((?:[^']|'')+)'::regclass\)", column.default or "")
        return Key("sequence", found[1].replace("''", "'")) if found else None

    def sequences(self) -> Iterable[SequenceSpec]:
        for s in self._schema.of("sequence"):
            if isinstance(s, Sequence) and s.key not in self._serial:
                name = _name(s.schema, s.name)
                yield SequenceSpec(name=name, type=s.type, start=s.start, increment=s.increment)

    # -- the rest --------------------------------------------------------------------------------

    def domain(self, domain: Domain) -> DomainSpec:
        checks = (
            CheckSpec(expr=readable.check_body(definition), name=name) for name, definition in domain.checks
        )
        return DomainSpec(
            name=_name(domain.schema, domain.name),
            type=readable.short_type(domain.type),
            nullable=domain.nullable,
            default=domain.default,
            checks=tuple(checks),
        )

    def left_out(self) -> dict[str, int]:
        """What the specification does not say, by kind or by kind and fact."""
        counted: Counter[str] = Counter()
        bare = [t for t in self._schema.of("table") if isinstance(t, Table) and not self._of(t, Column)]
        counted.update("table without columns" for _ in bare)
        for obj in self._schema.objects.values():
            told = _TOLD.get(type(obj))
            if told is None:
                counted[obj.kind] += 1
            elif obj.key not in self._serial:
                counted.update(f"{obj.kind}: {name}" for name in _untold(obj, told))
        return dict(sorted(counted.items()))


def _untold(obj: DbObject, told: frozenset[str]) -> Iterable[str]:
    """The facts without words whose value is not the usual one."""
    if isinstance(obj, Domain) and any(definition.endswith(" NOT VALID") for _, definition in obj.checks):
        yield "check not valid"
    for f in fact_fields(type(obj)):
        value = getattr(obj, f.name)
        if f.name in told or value == f.default or (isinstance(value, tuple) and not any(value)):
            continue
        if not _usual(obj, f.name, value):
            yield f.name.replace("_", " ")


def _usual(obj: DbObject, name: str, value: object) -> bool:
    """Whether a fact follows from what is said."""
    if isinstance(obj, Column) and name == "generated_stored":
        return value is True or obj.generated is None
    if isinstance(obj, Column) and name == "identity_options":
        start, increment, minimum, _maximum, cache, cycle = obj.identity_options or (1, 1, 1, 0, 1, False)
        return (start, increment, minimum, cache, cycle) == (1, 1, 1, 1, False)
    if isinstance(obj, Sequence) and name in ("minimum", "maximum", "cache"):
        low, high = (1, _MOST.get(obj.type)) if obj.increment > 0 else (_LEAST.get(obj.type), -1)
        return value == {"minimum": low, "maximum": high, "cache": 1}[name]
    return isinstance(obj, Sequence) and name == "cycle" and value is False


_MOST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_LEAST = {"smallint": -(2**15), "integer": -(2**31), "bigint": -(2**63)}


def _primary_key(key: PrimaryKey | None) -> PrimaryKeySpec | None:
    """Said beside the columns only where their `primary_key: true` does not say it all."""
    if key is None or (len(key.columns) == 1 and key.name == f"{key.table}_pkey"):
        return None
    return PrimaryKeySpec(columns=key.columns, name=key.name)


def _deferral(obj: Unique | ForeignKey) -> str | Unsaid:
    if obj.deferred:
        return "initially deferred"
    return "deferrable" if obj.deferrable else UNSAID


def _unique(unique: Unique) -> UniqueSpec:
    return UniqueSpec(
        columns=unique.columns,
        name=unique.name,
        nulls_not_distinct=unique.nulls_not_distinct or UNSAID,
        deferrable=_deferral(unique),
    )


def _reference(key: ForeignKey) -> ReferenceSpec:
    usual = f"{key.table}_{'_'.join(key.columns)}_fkey"
    return ReferenceSpec(
        table=_name(key.target_schema, key.target_table),
        columns=key.target_columns,
        on_delete=key.on_delete,
        on_update=key.on_update if key.on_update != "no action" else UNSAID,
        name=key.name if key.name != usual else UNSAID,
        deferrable=_deferral(key),
    )


def _foreign_key(key: ForeignKey) -> ForeignKeySpec:
    target = replace(_reference(key), name=UNSAID, deferrable=UNSAID)
    return ForeignKeySpec(columns=key.columns, references=target, name=key.name, deferrable=_deferral(key))


def _index(index: Index, columns: Iterable[str]) -> IndexSpec:
    named = {display(c): c for c in columns}
    orders = index.orders or ("asc",) * len(index.columns)
    return IndexSpec(
        columns=tuple(readable.index_entry(c, o, named) for c, o in zip(index.columns, orders, strict=True)),
        name=index.name,
        unique=index.unique,
        method=index.method if index.method != "btree" else UNSAID,
        where=readable.bare(index.predicate) if index.predicate else UNSAID,
        include=index.include,
    )
