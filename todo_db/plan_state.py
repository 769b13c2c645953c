"""The steps from one schema to another while they are being found: what is made, altered, dropped."""

from __future__ import annotations

from dataclasses import dataclass, field

from todo_db.objects.change import CannotChangeError
from todo_db.objects.foreign_table import ForeignTable
from todo_db.objects.index import Index
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.schema import DbObject, Key, Schema, display

INDEXED = frozenset({"index", "primary key", "unique", "exclusion"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """An object that stays: as it is, as it will be (what is left unsaid stays), and what differs."""

    before: DbObject
    after: DbObject
    changed: frozenset[str]


@dataclass(slots=True, kw_only=True)
class Steps:
    """recreated: dropped and created again, for its own sake or because of what it depends on.

    goes_with: inherited members, with that whose end is theirs. comes_along: those that are made with the
    one that they are inherited from. swapped: types that give way to a new one of the same name; retyped:
    the columns that move over.
    """

    before: Schema
    after: Schema
    created: dict[Key, DbObject] = field(default_factory=dict)
    dropped: dict[Key, DbObject] = field(default_factory=dict)
    altered: dict[Key, Alteration] = field(default_factory=dict)
    renamed: dict[Key, Alteration] = field(default_factory=dict)
    recreated: dict[Key, Alteration] = field(default_factory=dict)
    swapped: dict[Key, Alteration] = field(default_factory=dict)
    goes_with: dict[Key, Key] = field(default_factory=dict)
    comes_along: set[Key] = field(default_factory=set)
    retyped: dict[Key, Key] = field(default_factory=dict)  # column → the swapped type
    suspended: set[Key] = field(default_factory=set)  # columns that lose default and identity first
    parked: set[Key] = field(default_factory=set)  # of these, the ones whose values wait as text
    refused: dict[Key, CannotChangeError] = field(default_factory=dict)

    def depends_before(self, key: Key) -> frozenset[Key]:
        return _needs(self.before, key)

    def company(self, key: Key) -> set[Key]:
        """What an inherited member that is made comes from."""
        return above(self.after, key) & {*self.created, *self.recreated}

    def depends_after(self, key: Key) -> frozenset[Key]:
        return _needs(self.after, key)


def _needs(schema: Schema, key: Key) -> frozenset[Key]:
    """What has to be there for an object to be there: what it refers to, its parent, its namespace."""
    obj = schema.objects.get(key)
    if obj is None:
        return frozenset()
    found = set(schema.depends.get(key, ()))
    if isinstance(obj, Sequence):
        found = {k for k in found if k.kind != "column"}  # its owner comes later
    if isinstance(obj, Index) and obj.attached_to is not None:
        found -= above(schema, key)  # it is attached later
    if obj.parent is not None:
        found.add(obj.parent)
    if isinstance(obj, (Table, ForeignTable)):
        found.update(obj.above)
    if (namespace := getattr(obj, "schema", None)) is not None:
        found.add(Key("schema", display(namespace)))
    return frozenset(found - {key})


def above(schema: Schema, key: Key) -> set[Key]:
    """What an inherited member comes from."""
    obj = schema.objects.get(key)
    if obj is None or obj.parent is None:
        return set()
    if not getattr(obj, "inherited", False) and obj.kind not in INDEXED:
        return set()  # a key of a partition's own may be a part of a partitioned index, too
    if obj.kind in ("column", "check"):
        table = schema.objects.get(obj.parent)
        above = table.above if isinstance(table, (Table, ForeignTable)) else ()
        return {Key(obj.kind, f"{parent.name}.{display(obj.parts[-1])}") for parent in above}
    kinds = {obj.kind} if obj.kind in ("foreign key", "trigger") else INDEXED
    needed = (schema.objects.get(k) for k in schema.depends.get(key, ()) if k.kind in kinds)
    return {other.key for other in needed if other is not None and other.parent != obj.parent}
