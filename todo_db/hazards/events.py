"""What differs between two moments of a catalog, one event for each thing that a statement did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from todo_db.hazards.facts import Catalog, Column, Constraint, Event, Named, Relation


def events(before: Catalog, after: Catalog) -> Iterator[Event]:
    """Everything that was created, changed or dropped, in no order that means anything."""
    for oid, old in before.relations.items():
        new = after.relations.get(oid)
        if new is None:
            yield Event("dropped", old.full, old, before=old)
        elif new is not old:
            yield from _relation(old, new)
    for oid, new in after.relations.items():
        if oid not in before.relations:
            yield Event("created", new.full, new, after=new)
    yield from _types("enum", before.enums, after.enums)
    yield from _types("domain", before.domains, after.domains)
    yield from _names("schema", before.schemas, after.schemas)
    yield from _names("extension", before.extensions, after.extensions)
    yield from _rights(before, after)


_FIELDS = {"file": "file", "persistence": "persistence", "replica": "replica", "tablespace": "tablespace"}
_ACCESS = ("owner", "acl", "security", "policies")


def _relation(old: Relation, new: Relation) -> Iterator[Event]:
    def event(kind: str, before: Any, after: Any, name: str = old.full) -> Event:
        return Event(kind, name, old, before, after)

    if old.name != new.name:
        yield event("renamed", old.name, new.name)
    if old.schema != new.schema:
        yield event("moved", old.schema, new.schema)
    for kind, name in _FIELDS.items():
        if getattr(old, name) != getattr(new, name):
            yield event(kind, old, new)
    for name in _ACCESS:
        if getattr(old, name) != getattr(new, name):
            yield event("access", name, new)
    yield from (event("detached", p, new) for p in old.parents if p not in new.parents)
    yield from (event("attached", p, new) for p in new.parents if p not in old.parents)
    if old.index and new.index and old.index.valid != new.index.valid:
        yield event("index-valid", old.index, new.index)
    yield from _columns(old, new)
    yield from _constraints(old, new)


def _columns(old: Relation, new: Relation) -> Iterator[Event]:
    known = {c.number: c for c in old.columns}
    for column in new.columns:
        name = f"{new.full}.{column.name}"
        if column.number in known:
            yield from _column(old, name, known.pop(column.number), column)
        else:
            yield Event("column-added", name, old, after=column)
    yield from (Event("column-dropped", f"{old.full}.{c.name}", old, before=c) for c in known.values())


def _column(table: Relation, name: str, old: Column, new: Column) -> Iterator[Event]:
    kinds = {
        "column-renamed": old.name != new.name,
        "column-retyped": (old.type, old.collation) != (new.type, new.collation),
        "column-required": new.required and not old.required,
        "column-optional": old.required and not new.required,
        "column-default": old.default != new.default and not (old.generated or new.generated),
        "column-identity": old.identity != new.identity,
    }
    yield from (Event(kind, name, table, old, new) for kind, is_so in kinds.items() if is_so)


def _constraints(old: Relation, new: Relation) -> Iterator[Event]:
    known: dict[int, Constraint] = {c.oid: c for c in old.constraints}
    for constraint in new.constraints:
        name = f"{new.full}.{constraint.name}"
        before = known.pop(constraint.oid, None)
        if before is None:
            yield Event("constraint-added", name, old, after=constraint)
        elif constraint.valid and not before.valid:
            yield Event("constraint-validated", name, old, before, constraint)
    gone = known.values()
    yield from (Event("constraint-dropped", f"{old.full}.{c.name}", old, before=c) for c in gone)


def _types(kind: str, before: Mapping[int, Named], after: Mapping[int, Named]) -> Iterator[Event]:
    for oid, old in before.items():
        new = after.get(oid)
        if new is None:
            yield Event(f"{kind}-dropped", old.name, before=old)
        elif new != old:
            yield from _type(kind, old, new)
    for oid, new in after.items():
        if oid not in before:
            yield Event(f"{kind}-created", new.name, after=new)


def _type(kind: str, old: Named, new: Named) -> Iterator[Event]:
    if old.name != new.name:
        yield Event(f"{kind}-renamed", old.name, before=old, after=new)
    known = dict(old.parts)
    for key, text in new.parts:
        if key not in known:
            yield Event(f"{kind}-part-added", f"{new.name}", before=new, after=text)
        elif known[key] != text:
            yield Event(f"{kind}-part-changed", f"{new.name}", before=known[key], after=text)
    left = dict(new.parts)
    yield from (
        Event(f"{kind}-part-dropped", new.name, before=text, after=new)
        for key, text in old.parts
        if key not in left
    )


def _rights(before: Catalog, after: Catalog) -> Iterator[Event]:
    """Rights on what is no relation. A function that is new has none that anybody could miss."""
    known, now = before.rights, after.rights
    for name in (*now, *(n for n in known if n.startswith("default privileges") and n not in now)):
        new = name not in known and not name.startswith("default privileges")
        if not new and known.get(name) != now.get(name):
            yield Event("rights-changed", name, before=known.get(name), after=now.get(name))


def _names(kind: str, before: Mapping[int, Any], after: Mapping[int, Any]) -> Iterator[Event]:
    for oid, old in before.items():
        if oid not in after:
            yield Event(f"{kind}-dropped", _first(old), before=old)
        elif after[oid] != old:
            yield Event(f"{kind}-changed", _first(old), before=old, after=after[oid])
    for oid, new in after.items():
        if oid not in before:
            yield Event(f"{kind}-created", _first(new), after=new)


def _first(value: Any) -> str:
    return value if isinstance(value, str) else str(value[0])
