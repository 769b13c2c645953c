"""Tables as `op.create_table(…)`, with their columns and constraints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from todo_db.objects.change import Statement
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.table import Table
from todo_db.revisions import columns, constraints
from todo_db.revisions.code import Call, Node, call
from todo_db.revisions.columns import Types
from todo_db.revisions.constraints import schema
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.revisions.leftover import without
from todo_db.schema import DbObject, Key

T = TypeVar("T", bound=DbObject)

_SAID = frozenset({"comment", "unlogged", "partition_key"})
_ORDER = (PrimaryKey.kind, "unique", "exclusion", "check", ForeignKey.kind)


def create(
    table: Table, members: Sequence[DbObject], types: Types, serial: Collection[Key]
) -> tuple[Call, tuple[Statement, ...]]:
    """The call that makes the table with these members, and what has to be said afterwards.

    serial: the columns whose sequence SQLAlchemy makes by itself. Raises InexpressibleError.
    """
    plain, said_later = without(table, _SAID)
    after = [*said_later]
    parts: list[Node] = []
    key = next((m for m in members if isinstance(m, PrimaryKey)), None)
    lone = key.columns[0] if key is not None and len(key.columns) == 1 else None
    for column in sorted(_of(members, Column), key=lambda c: c.position):
        bare, later = without(column, columns.SAID)
        is_serial = column.key in serial
        parts.append(columns.column_node(bare, types, serial=is_serial, lone_key=column.name == lone))
        after += later
    for constraint in sorted(_of(members, Constraint), key=_rank):
        node, later = constraints.inline(constraint)
        parts.append(node)
        after += later
    return call("op.create_table", plain.name, *parts, **_options(plain)), tuple(after)


def drop(table: Table) -> Call:
    """The call that drops the table."""
    return call("op.drop_table", table.name, **schema(table))


def _of(members: Sequence[DbObject], kind: type[T]) -> list[T]:
    return [m for m in members if isinstance(m, kind)]


def _rank(constraint: Constraint) -> tuple[int, str]:
    if constraint.kind not in _ORDER:
        raise InexpressibleError(f"Alembic has no operation for a {constraint.kind}")
    return (_ORDER.index(constraint.kind), constraint.name)


def _options(table: Table) -> dict[str, object]:
    options: dict[str, object] = dict(schema(table))
    if table.comment is not None:
        options["comment"] = table.comment
    if table.unlogged:
        options["prefixes"] = ["UNLOGGED"]
    if table.partition_key is not None:
        if "%" in table.partition_key:
            raise InexpressibleError("SQLAlchemy takes a percent sign in a partition key for a parameter")
        options["postgresql_partition_by"] = table.partition_key
    return options
