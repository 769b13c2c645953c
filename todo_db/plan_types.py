"""Types that change while columns use them: what moves over, what waits as text, what is refused."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from todo_db.objects.change import CannotChangeError
from todo_db.objects.column import Column
from todo_db.objects.composite_type import CompositeType
from todo_db.objects.domain import Domain
from todo_db.objects.names import quote
from todo_db.objects.range_type import RangeType
from todo_db.objects.table import Table
from todo_db.plan_state import Alteration, Steps, above
from todo_db.schema import DbObject, Key, display

TYPES = frozenset({"enum", "domain", "composite type", "range type"})
_ADD_APART = "Add and drop attributes in one revision, and change the types of others in the next."


def settle(steps: Steps) -> None:
    """Decide how each type that changes goes on being used.

    PostgreSQL alters a type only while no column holds its values, or none within an array or a row. Where
    columns alone use an enum or a domain they move over to a new one of its name (`swapped`). Otherwise the
    type, and those made of it, are made anew, while the columns wait as text (`parked`).
    """
    users = _Users(steps)
    for key in [*steps.altered, *steps.recreated]:
        change = steps.altered.get(key) or steps.recreated[key]
        if isinstance(change.before, Domain) and key in steps.altered and _tightens(change):
            if users.within(key):
                steps.swapped[key] = steps.altered.pop(key)
        elif isinstance(change.before, CompositeType) and "attributes" in change.changed:
            _settle_composite(steps, users, key, change)
        elif isinstance(change.before, Column) and "type" in change.changed:
            _settle_row_type(steps, users, change.before)
            _settle_merged(steps, change.before)
    for key in [k for k in steps.swapped if any(users.types(k))]:
        steps.recreated[key] = steps.swapped.pop(key)
    changing = [k for k in (*steps.swapped, *steps.recreated) if k.kind in (*TYPES, "collation")]
    for key in changing:
        for column in users.columns(key):
            if _is_partition_key(steps, column) and column.key not in steps.dropped:
                steps.refused[key] = _in_partition_key(column)


def _tightens(change: Alteration) -> bool:
    """Whether values that are there have to be looked at."""
    old, new = change.before, change.after
    if not isinstance(old, Domain) or not isinstance(new, Domain):
        return False
    added = [text for check in new.checks if check not in old.checks for text in check[1:]]
    return (old.nullable and not new.nullable) or any(not t.endswith(" NOT VALID") for t in added)


def _settle_composite(steps: Steps, users: _Users, key: Key, change: Alteration) -> None:
    old, new = change.before, change.after
    if not isinstance(old, CompositeType) or not isinstance(new, CompositeType):
        return
    for table in users.tables(key):
        steps.refused[key] = CannotChangeError(
            f"the table {table.name} is of this type, and follows it",
            f"ALTER TABLE {table.relation} NOT OF; change both in the next revision, then ALTER TABLE … OF.",
        )
    names = [[a[0] for a in t.attributes] for t in (old, new)]
    before = {a[0]: a for a in old.attributes}
    retyped = any(before.get(a[0], a) != a for a in new.attributes)
    if (not retyped and key in steps.altered) or not any(users.columns(key)):
        return
    if names[0] != names[1]:
        steps.refused[key] = CannotChangeError(
            f"columns hold values of {old.name}, which cannot be told apart once its attributes are others",
            _ADD_APART,
        )
    elif key in steps.altered:
        steps.recreated[key] = steps.altered.pop(key)


def _settle_row_type(steps: Steps, users: _Users, column: Column) -> None:
    """A column cannot change its type while another table's column holds rows of its table."""
    if column.parent is None:
        return
    holders = [c for c in users.columns(column.parent) if c.parent != column.parent]
    moved = [k for k in (*steps.created, *steps.dropped) if k.kind == "column"]
    if holders and any(_parent(steps, k) == column.parent for k in moved):
        steps.refused[column.key] = CannotChangeError(
            f"{holders[0].key.name} holds rows of {column.table}, whose columns also come and go", _ADD_APART
        )
        return
    for holder in holders:
        park(steps, holder)


def _settle_merged(steps: Steps, column: Column) -> None:
    """What a table inherits from two tables at once can change its type in neither."""
    for table in (o for o in steps.before.objects.values() if isinstance(o, Table)):
        if column.parent not in table.above or len(table.above) == 1 or table.key in steps.dropped:
            continue
        others = [p.name for p in table.above if p != column.parent and _has(steps, p, column.name)]
        if others:
            steps.refused[column.key] = CannotChangeError(
                f"{table.name} inherits this column from {others[0]}, too",
                f"ALTER TABLE {table.relation} NO INHERIT {others[0]}; change the types; INHERIT again.",
            )


def _has(steps: Steps, table: Key, column: str) -> bool:
    return Key("column", f"{table.name}.{display(column)}") in steps.before.objects


def _parent(steps: Steps, key: Key) -> Key | None:
    obj = steps.created.get(key) or steps.dropped.get(key)
    return obj.parent if obj is not None else None


def park(steps: Steps, column: Column) -> None:
    """The column's values wait as text, without its default, until its type is there again."""
    if column.key in steps.dropped or column.key in steps.recreated or column.generated is not None:
        return
    if above(steps.before, column.key):
        return  # what the parent's column does, it does
    known = steps.altered.get(column.key)
    after = known.after if known is not None else column
    changed = (known.changed if known is not None else frozenset()) | {"type", "collation", "default"}
    steps.altered[column.key] = Alteration(before=column, after=after, changed=changed)
    steps.suspended.add(column.key)
    steps.parked.add(column.key)


def parked(column: Column) -> Column:
    """The column as it waits."""
    return replace(column, type="text[]" if column.type.endswith("[]") else "text", collation=None)


def uses(column: Column, key: Key, obj: DbObject) -> bool:
    """Whether values of the type or under the collation are in the column, or only its default names it."""
    if key.kind == "collation":
        return column.collation == quote(*obj.parts)
    names = {quote(*obj.parts)}
    if isinstance(obj, RangeType):
        names.add(quote(obj.schema, obj.multirange))
    return column.type.removesuffix("[]") in names


def _is_partition_key(steps: Steps, column: Column) -> bool:
    table = steps.before.objects.get(column.parent) if column.parent is not None else None
    if not isinstance(table, Table) or table.partition_key is None:
        return False
    return re.search(rf"(?<!\w){re.escape(quote(column.name))}(?!\w)", table.partition_key) is not None


def _in_partition_key(column: Column) -> CannotChangeError:
    return CannotChangeError(
        f"{column.key.name}, which uses it, is in the partition key, and PostgreSQL cannot change its type",
        "Make a new table, copy the rows, and put it in the old one's place.",
    )


class _Users:
    """What uses a type, directly or through other types."""

    def __init__(self, steps: Steps) -> None:
        self._objects = steps.before.objects
        self._direct: dict[Key, set[Key]] = defaultdict(set)
        for key, needed in steps.before.depends.items():
            for other in needed:
                self._direct[other].add(key)

    def types(self, key: Key) -> Iterator[Key]:
        """The types that are made of this one, each before those made of it."""
        seen: set[Key] = set()
        waiting = [key]
        while waiting:
            for user in sorted(self._direct.get(waiting.pop(), ())):
                if user.kind in TYPES and user not in seen:
                    seen.add(user)
                    waiting.append(user)
                    yield user

    def columns(self, key: Key) -> Iterator[Column]:
        """The columns with values of the type in them."""
        for type_ in (key, *self.types(key)):
            for user in sorted(self._direct.get(type_, ())):
                column = self._objects.get(user)
                if isinstance(column, Column) and self._holds(column, type_):
                    yield column

    def within(self, key: Key) -> bool:
        """Whether a column holds values of the type inside of an array or of another type but a domain."""
        name = display(*self._objects[key].parts)
        inside = any(k.kind != "domain" and any(self.columns(k)) for k in self.types(key))
        return inside or any(c.type != name and c.type.endswith("[]") for c in self.columns(key))

    def tables(self, key: Key) -> list[Table]:
        found = (self._objects.get(k) for k in sorted(self._direct.get(key, ())))
        return [t for t in found if isinstance(t, Table) and t.of_type is not None]

    def _holds(self, column: Column, type_: Key) -> bool:
        obj = self._objects.get(type_)
        return obj is not None and uses(column, type_, obj)
