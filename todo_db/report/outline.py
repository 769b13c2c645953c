"""What a diagram shows of a schema, as plain data: tables, columns, keys and references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from todo_db.objects.column import Column
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.table import Table
from todo_db.objects.unique import Unique
from todo_db.schema import DbObject, Key, Schema, display
from todo_db.spec.readable import short_type


class ColumnOutline(TypedDict):
    """nullable: None where no side says."""

    name: str
    object: str
    type: str
    primary: bool
    nullable: bool | None
    unique: bool


class ReferenceOutline(TypedDict):
    """names: what the sides call the key, as findings do. single: at most one row refers to a target."""

    columns: list[str]
    target: str
    target_columns: list[str]
    names: list[str]
    single: bool
    optional: bool


class TableOutline(TypedDict):
    """object: as findings name it; label: without the schema where that is public."""

    object: str
    label: str
    external: bool
    columns: list[ColumnOutline]
    references: list[ReferenceOutline]


def outline(sides: Sequence[Schema]) -> list[TableOutline]:
    """The tables that any side has, with all that any side states of them; partitions are left out.

    Where sides differ the first one that has an object is shown: the findings tell the rest.
    """
    external = frozenset().union(*(s.external for s in sides))
    return [_table(key, members, external) for key, members in _merged(sides).items()]


_Members = dict[Key, tuple[Schema, DbObject]]


def _merged(sides: Iterable[Schema]) -> Mapping[Key, _Members]:
    """Table → its members on all sides, each with the first side that has it."""
    tables: dict[Key, _Members] = {}
    for side in sides:
        for key, obj in side.objects.items():
            if isinstance(obj, Table) and obj.partition_of is None:
                tables.setdefault(key, {})
    for side in sides:
        for key, obj in side.objects.items():
            if obj.parent in tables:
                tables[obj.parent].setdefault(key, (side, obj))
    return dict(sorted(tables.items()))


def _table(key: Key, members: _Members, external: frozenset[Key]) -> TableOutline:
    found = list(members.values())
    primary = {c for _, o in found if isinstance(o, PrimaryKey) for c in o.columns}
    unique = [frozenset(o.columns) for _, o in found if isinstance(o, Unique | PrimaryKey)]
    columns = [_column(s, o, primary, unique) for s, o in found if isinstance(o, Column)]
    optional = {c["name"] for c in columns if c["nullable"] is not False}
    return {
        "object": key.name,
        "label": key.name.removeprefix("public."),
        "external": key in external,
        "columns": columns,
        "references": _references((o for _, o in found if isinstance(o, ForeignKey)), unique, optional),
    }


def _column(
    side: Schema, column: Column, primary: set[str], unique: Sequence[frozenset[str]]
) -> ColumnOutline:
    silent = (column.key, "nullable") in side.accepts
    return {
        "name": column.name,
        "object": column.key.name,
        "type": short_type(column.type),
        "primary": column.name in primary,
        "nullable": None if silent else column.nullable,
        "unique": frozenset({column.name}) in unique,
    }


def _references(
    keys: Iterable[ForeignKey], unique: Sequence[frozenset[str]], optional: set[str]
) -> list[ReferenceOutline]:
    """Foreign keys; several of the same columns to the same target are one reference."""
    found: dict[tuple[tuple[str, ...], str], ReferenceOutline] = {}
    for key in keys:
        target = display(key.target_schema, key.target_table)
        reference = found.setdefault(
            (key.columns, target),
            {
                "columns": list(key.columns),
                "target": target,
                "target_columns": list(key.target_columns),
                "names": [],
                "single": any(u <= frozenset(key.columns) for u in unique),
                "optional": bool(optional & {*key.columns}),
            },
        )
        reference["names"].append(key.key.name)
    return list(found.values())
