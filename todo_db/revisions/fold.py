"""Brings together what one operation says: a table with its SERIAL sequence and its foreign keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from todo_db.objects.column import Column
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.objects.unique import Unique
from todo_db.plan import Change
from todo_db.revisions.columns import is_serial
from todo_db.schema import DbObject, Key, display


@dataclass(frozen=True, slots=True)
class Folded:
    """The changes that are left, and the columns whose sequence comes by itself."""

    changes: tuple[Change, ...]
    serial: frozenset[Key]


def fold(changes: Iterable[Change]) -> Folded:
    """Fewer changes that do the same, in the same order."""
    left, serial = _fold_sequences(list(changes))
    runs = [list(group) for _, group in groupby(left, _run)]
    ordered = [change for run in runs for change in _in_good_order(run, left)]
    return Folded(tuple(_fold_foreign_keys(ordered)), frozenset(serial))


def _is_new_table(change: Change) -> bool:
    return change.action == "create" and isinstance(change.after, Table)


# ---- order --------------------------------------------------------------------------------------


def _run(change: Change) -> object:
    """What makes neighbours interchangeable: new tables of their own, new columns of one table."""
    table = change.after
    if isinstance(table, Table) and change.action == "create" and not table.above:
        return "tables"
    if isinstance(table, Column) and change.action == "create":
        return table.parent
    return id(change)


def _in_good_order(run: list[Change], changes: list[Change]) -> list[Change]:
    """Tables after those that they refer to, columns as they stand in the table."""
    if all(isinstance(c.after, Column) for c in run):
        return sorted(run, key=lambda c: c.after.position if isinstance(c.after, Column) else 0)
    waiting = {c.object.key: c for c in run}
    needs: dict[Key | None, set[Key]] = {}
    for key in (c.after for c in changes if c.action == "create"):
        if isinstance(key, ForeignKey):
            needs.setdefault(key.parent, set()).add(
                Key("table", display(key.target_schema, key.target_table))
            )
    result: list[Change] = []
    while waiting:
        free = [k for k in waiting if not (needs.get(k, set()) - {k}) & waiting.keys()]
        # within a circle of foreign keys any order is as good as another
        result.append(waiting.pop(free[0] if free else next(iter(waiting))))
    return result


# ---- sequences ------------------------------------------------------------------------------------


def _fold_sequences(changes: list[Change]) -> tuple[list[Change], set[Key]]:
    columns = {m.key.name: m for c in changes if _is_new_table(c) for m in c.members if isinstance(m, Column)}
    keys = {m.parent: m for c in changes if _is_new_table(c) for m in c.members if isinstance(m, PrimaryKey)}
    gone: set[Key] = set()
    serial: set[Key] = set()
    for sequence in (c.after for c in changes if c.action == "create" and isinstance(c.after, Sequence)):
        column = columns.get(sequence.owned_by or "")
        key = keys.get(column.parent) if column is not None else None
        # SQLAlchemy makes a sequence only for a column that alone is the primary key
        if (
            column is not None
            and key is not None
            and key.columns == (column.name,)
            and is_serial(column, sequence)
        ):
            gone.add(sequence.key)
            serial.add(column.key)
    return [c for c in changes if c.object.key not in gone], serial


# ---- foreign keys ---------------------------------------------------------------------------------


def _fold_foreign_keys(changes: list[Change]) -> list[Change]:
    """Put each foreign key into its new table, where what it refers to is there before the table."""
    places = {c.object.key: n for n, c in enumerate(changes) if _is_new_table(c)}
    touched = {
        c.object.parent for c in changes if c.object.kind in ("primary key", "unique", "index", "column")
    }
    moved: dict[int, list[DbObject]] = {}
    gone: set[int] = set()
    for number, change in enumerate(changes):
        key = change.after
        if change.action != "create" or not isinstance(key, ForeignKey) or key.parent not in places:
            continue
        place = places[key.parent]
        if _target_is_ready(key, place, changes, places, touched):
            moved.setdefault(place, []).append(key)
            gone.add(number)
    return [
        replace(c, members=(*c.members, *moved.get(n, ()))) for n, c in enumerate(changes) if n not in gone
    ]


def _target_is_ready(
    key: ForeignKey, place: int, changes: list[Change], places: dict[Key, int], touched: set[Key | None]
) -> bool:
    if not key.valid or not key.enforced:
        return False
    target = Key("table", display(key.target_schema, key.target_table))
    if target not in places:
        return target not in touched
    if places[target] > place:
        return False
    uniques = [m for m in changes[places[target]].members if isinstance(m, PrimaryKey | Unique)]
    return any(set(m.columns) == set(key.target_columns) for m in uniques)
