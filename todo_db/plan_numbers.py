"""Columns that come to number themselves another way: they go on where the rows that are there end."""

from __future__ import annotations

from todo_db.objects.change import Statement
from todo_db.objects.column import Column
from todo_db.objects.names import literal, quote, requote
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.plan_state import Steps
from todo_db.schema import Key

_WHOLE = frozenset({"smallint", "integer", "bigint"})
GO_ON = "the numbers go on behind those of the rows that are there"


def of_identity(steps: Steps, old: Column, new: Column) -> list[Statement]:
    """What follows ADD GENERATED AS IDENTITY on a column with rows."""
    if new.identity is None or old.identity is not None:
        return []
    sequence = f"pg_get_serial_sequence({literal(new.relation)}, {literal(new.name)})"
    start, increment = new.identity_options[:2] if new.identity_options is not None else (1, 1)
    return _go_on(steps, new, sequence, start, increment)


def of_sequence(steps: Steps, sequence: Sequence) -> list[Statement]:
    """What follows OWNED BY where the sequence is new and the column is not."""
    if sequence.owned_by is None or sequence.key in steps.before.objects:
        return []
    column = steps.after.objects.get(Key("column", sequence.owned_by))
    if not isinstance(column, Column) or column.key not in steps.before.objects:
        return []
    name = literal(quote(sequence.schema, sequence.name))
    return _go_on(steps, column, name, sequence.start, sequence.increment)


def _go_on(steps: Steps, column: Column, sequence: str, start: int, increment: int) -> list[Statement]:
    table = steps.before.objects.get(column.parent) if column.parent is not None else None
    if not isinstance(table, Table) or column.type not in _WHOLE or increment < 0:
        return []
    last = f"max({quote(column.name)})"
    relation = requote(table.key.name)
    text = f"SELECT setval({sequence}, {last}) FROM {relation} HAVING {last} >= {start}"  # noqa: S608 - quoted
    # policies that hold for the owner would hide rows: it raises instead
    seen = [Statement("SET LOCAL row_security = off")] if table.force_row_security else []
    return [*seen, Statement(text)]
