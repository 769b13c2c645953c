"""A plan as Alembic operations; SQL, with the reason, only where Alembic has no operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from todo_db.objects.change import Statement
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint
from todo_db.objects.enum import Enum
from todo_db.objects.extension import Extension
from todo_db.objects.index import Index
from todo_db.objects.names import quote
from todo_db.objects.namespace import Namespace
from todo_db.objects.table import Table
from todo_db.plan import Change
from todo_db.revisions import columns, constraints, indexes, tables
from todo_db.revisions.code import Call, Name, Text, call
from todo_db.revisions.columns import Types
from todo_db.revisions.constraints import schema
from todo_db.revisions.fold import fold
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.revisions.leftover import without
from todo_db.revisions.online.stages import Batches
from todo_db.revisions.text import escaped
from todo_db.schema import DbObject, Key, Schema

BACKFILL = "backfill"
"""The function of ours that a revision calls to change rows in batches."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call within upgrade() or downgrade().

    comment: why it is SQL. autocommit: it runs outside of the revision's transaction.
    """

    call: Call
    comment: str | None = None
    autocommit: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    before: Types
    after: Types
    serial: frozenset[Key]
    alone: bool  # nothing in the plan uses a label that it adds


T = TypeVar("T", bound=DbObject)
Rendered = tuple[list[Call], tuple[Statement, ...]]


def render(
    changes: Iterable[Change], before: Schema, after: Schema, variables: Mapping[Key, str] | None = None
) -> list[Operation]:
    """The operations that carry out a plan's changes from `before` to `after`.

    variables: the names of module-level variables that hold the enum types which the revision makes or drops.
    """
    folded = fold(changes)
    named = variables or {}
    context = _Context(
        before=Types(before.objects, named),
        after=Types({**before.objects, **after.objects}, named),
        serial=folded.serial,
        alone=all(c.action == "alter" and isinstance(c.after, Enum) for c in folded.changes),
    )
    return [operation for change in folded.changes for operation in _render(change, context)]


def _render(change: Change, context: _Context) -> list[Operation]:
    reason = change.because or f"Alembic has no operation for {_article(change.object.kind)}"
    renderer = _RENDERERS.get((change.action, _family(change.object)))
    if renderer is not None and change.because is None:
        try:
            calls, left = renderer(change, context)
        except InexpressibleError as error:
            reason = str(error)
        else:
            said = "Alembic has no argument for this"
            outside = _is_concurrent(change)
            return [
                *(Operation(c, None, outside) for c in calls),
                *(_sql(s, said, context) for s in left),
            ]
    return [_sql(s, reason, context) for s in change.statements]


def _is_concurrent(change: Change) -> bool:
    """Whether the change's statements run outside of the revision's transaction."""
    return any(not s.transactional for s in change.statements)


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _family(obj: DbObject) -> type[DbObject]:
    return Constraint if isinstance(obj, Constraint) else type(obj)


def _sql(statement: Statement, reason: str, context: _Context) -> Operation:
    """A statement as `op.execute`; a label that is used in the same revision has to be committed before."""
    adds_label = statement.sql.startswith("ALTER TYPE") and " ADD VALUE " in statement.sql
    outside = not statement.transactional or (adds_label and not context.alone)
    sql = statement.sql
    if adds_label and outside:
        # what was committed stays when a later step fails, and the revision is run again
        sql = sql.replace(" ADD VALUE ", " ADD VALUE IF NOT EXISTS ", 1)
    return Operation(call("op.execute", Text(escaped(sql))), reason, outside)


def filling(batches: Batches) -> Operation:
    """The call that gives a column its values."""
    schema_ = {} if batches.schema == "public" else {"schema": batches.schema}
    values = {batches.column: batches.expression}
    return Operation(call(BACKFILL, Name("op"), batches.table, values, where=batches.missing, **schema_))


# ---- one renderer per action and kind -------------------------------------------------------------


def _create_schema(change: Change, _: _Context) -> Rendered:
    plain, left = without(_as(Namespace, change.after), ())
    return [call("op.execute", call("sa.schema.CreateSchema", plain.name))], left


def _drop_schema(change: Change, _: _Context) -> Rendered:
    return [call("op.execute", call("sa.schema.DropSchema", _as(Namespace, change.before).name))], ()


def _create_extension(change: Change, _: _Context) -> Rendered:
    # without its version: which ones there are is up to the server
    extension = _as(Extension, change.after)
    sql = f"CREATE EXTENSION IF NOT EXISTS {quote(extension.name)} WITH SCHEMA {quote(extension.schema)}"
    return [call("op.execute", Text(escaped(sql)))], ()


def _create_enum(change: Change, context: _Context) -> Rendered:
    plain, left = without(_as(Enum, change.after), {"labels"})
    return [_enum_call("create", plain, context)], left


def _drop_enum(change: Change, context: _Context) -> Rendered:
    return [_enum_call("drop", _as(Enum, change.before), context)], ()


def _enum_call(method: str, enum: Enum, context: _Context) -> Call:
    variable = context.after.variables.get(enum.key)
    if variable is None:
        raise InexpressibleError("the type has no variable")
    return call(f"{variable}.{method}", call("op.get_bind"), checkfirst=False)


def _create_table(change: Change, context: _Context) -> Rendered:
    table = _as(Table, change.after)
    made, left = tables.create(table, change.members, context.after, context.serial)
    return [made], left


def _drop_table(change: Change, _: _Context) -> Rendered:
    return [tables.drop(_as(Table, change.before))], ()


def _alter_table(change: Change, _: _Context) -> Rendered:
    before, after = _as(Table, change.before), _as(Table, change.after)
    if change.changed != {"comment"}:
        raise InexpressibleError("Alembic has no operation for this fact of a table")
    if after.comment is None:
        return [
            call("op.drop_table_comment", after.name, existing_comment=before.comment, **schema(after))
        ], ()
    return [
        call(
            "op.create_table_comment",
            after.name,
            after.comment,
            existing_comment=before.comment,
            **schema(after),
        )
    ], ()


def _create_column(change: Change, context: _Context) -> Rendered:
    plain, left = without(_as(Column, change.after), columns.SAID)
    node = columns.column_node(plain, context.after)
    return [call("op.add_column", plain.table, node, **schema(plain))], left


def _drop_column(change: Change, _: _Context) -> Rendered:
    column = _as(Column, change.before)
    if column.relation_kind != "table":
        raise InexpressibleError("Alembic has no operation for foreign tables")
    return [call("op.drop_column", column.table, column.name, **schema(column))], ()


def _alter_column(change: Change, context: _Context) -> Rendered:
    if _as(Column, change.after).relation_kind != "table":
        raise InexpressibleError("Alembic has no operation for foreign tables")
    return columns.alter_nodes(change, context.before, context.after), ()


def _create_constraint(change: Change, _: _Context) -> Rendered:
    made, left = constraints.create(_as(Constraint, change.after))
    return [made], left


def _drop_constraint(change: Change, _: _Context) -> Rendered:
    return [constraints.drop(_as(Constraint, change.before))], ()


def _create_index(change: Change, _: _Context) -> Rendered:
    index, concurrently = _as(Index, change.after), _is_concurrent(change)
    made, left = indexes.create(index, concurrently=concurrently)
    return [*([indexes.drop(index, concurrently=True)] if concurrently else []), made], left


def _drop_index(change: Change, _: _Context) -> Rendered:
    return [indexes.drop(_as(Index, change.before), concurrently=_is_concurrent(change))], ()


def _as(kind: type[T], obj: DbObject | None) -> T:
    if not isinstance(obj, kind):
        raise TypeError(f"{obj!r} is no {kind.__name__}")
    return obj


_RENDERERS: dict[tuple[str, type[DbObject]], Callable[[Change, _Context], Rendered]] = {
    ("create", Namespace): _create_schema,
    ("drop", Namespace): _drop_schema,
    ("create", Extension): _create_extension,
    ("create", Enum): _create_enum,
    ("drop", Enum): _drop_enum,
    ("create", Table): _create_table,
    ("drop", Table): _drop_table,
    ("alter", Table): _alter_table,
    ("create", Column): _create_column,
    ("drop", Column): _drop_column,
    ("alter", Column): _alter_column,
    ("create", Constraint): _create_constraint,
    ("drop", Constraint): _drop_constraint,
    ("create", Index): _create_index,
    ("drop", Index): _drop_index,
}
