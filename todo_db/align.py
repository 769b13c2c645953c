"""Which objects of several sides are one and the same: by name, or by what they are where that is unsaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from todo_db.schema import KIND, NAME, DbObject, Key, Schema, covers_everything, fact_fields


@dataclass(frozen=True, slots=True)
class Row:
    """One object on every side: `objects[i]` is None where side i lacks it or is silent.

    speaks[i] tells the two apart: whether the absence (or presence) on side i is a statement.
    """

    key: Key
    objects: tuple[DbObject | None, ...]
    speaks: tuple[bool, ...]
    external: bool = False

    @property
    def any(self) -> DbObject:
        """The object, as the first side that has it states it."""
        return next(o for o in self.objects if o is not None)


def align(sides: Sequence[Schema]) -> list[Row]:
    """Pair the objects of all sides: by name, and where a side leaves the name unsaid by what they are."""
    external = frozenset().union(*(s.external for s in sides))
    slots: dict[Key, list[DbObject | None]] = {}
    unnamed: list[tuple[int, Key, DbObject]] = []
    for n, side in enumerate(sides):
        for key, obj in side.objects.items():
            if (key, NAME) in side.accepts and obj.shape is not None:
                unnamed.append((n, key, obj))
            else:
                slots.setdefault(key, [None] * len(sides))[n] = obj
    served = _place_unnamed(slots, unnamed, sides)
    rows = (_row(key, objects, sides, external, served) for key, objects in slots.items())
    return sorted((r for r in rows if any(r.objects)), key=lambda r: (r.key.name, r.key.kind))


def _place_unnamed(
    slots: dict[Key, list[DbObject | None]],
    unnamed: Iterable[tuple[int, Key, DbObject]],
    sides: Sequence[Schema],
) -> set[tuple[int, Key]]:
    """Give each unnamed object its row; returns the rows in which a side's wish is served by another kind."""
    by_shape: dict[object, list[Key]] = defaultdict(list)
    by_columns: dict[object, list[Key]] = defaultdict(list)
    served: set[tuple[int, Key]] = set()

    def enter(key: Key, obj: DbObject, shapes: Iterable[object]) -> None:
        for shape in shapes:
            by_shape[key.kind, shape].append(key)
        if (columns := _indexed_columns(obj)) is not None:
            by_columns[columns].append(key)

    for key, objects in slots.items():
        shaped = {shape: o for n, o in enumerate(objects) if o is not None for shape in _shapes(sides[n], o)}
        for shape, obj in shaped.items():
            enter(key, obj, [shape])
    for n, key, obj in unnamed:
        shapes = _shapes(sides[n], obj)
        same = [k for shape in shapes for k in by_shape[key.kind, shape] if slots[k][n] is None]
        if key in same:
            same = [key]
        if not same and key in slots and slots[key][n] is None and not _is_named(slots[key], sides, key):
            same = [key]
        if not same and (key, KIND) in sides[n].accepts:
            same = [k for k in by_columns[_indexed_columns(obj)] if _serves(obj, slots[k])]
            if same:
                served.update((n, k) for k in same)
                continue
        target = same[0] if same else _free(key, slots, n)
        if target not in slots:
            slots[target] = [None] * len(sides)
            enter(target, obj, shapes)
        slots[target][n] = obj
    return served


def _shapes(side: Schema, obj: DbObject) -> list[object]:
    """The shapes that an object may have, where a side accepts several spellings of its stored text."""
    shapes = [obj.shape]
    for fact in fact_fields(type(obj)):
        spellings = side.accepts.get((obj.key, fact.name)) if fact.metadata["deparsed"] else None
        shapes += [replace(obj, **{fact.name: text}).shape for text in spellings or ()]
    return list(dict.fromkeys(shapes))


def _is_named(objects: list[DbObject | None], sides: Sequence[Schema], key: Key) -> bool:
    """Whether some side chose this name itself, so that an automatic one only happens to be equal."""
    return any(o is not None and (key, NAME) not in sides[n].accepts for n, o in enumerate(objects))


def _free(key: Key, slots: Mapping[Key, list[DbObject | None]], side: int) -> Key:
    """A row key for an unnamed object: its automatic name, made distinct where another object has it."""
    candidate, number = key, 1
    while candidate in slots and slots[candidate][side] is not None:
        number += 1
        candidate = Key(key.kind, f"{key.name} ({number})")
    return candidate


def _indexed_columns(obj: DbObject) -> object | None:
    """What an index, unique constraint or primary key is on; None for other kinds and for partial indexes."""
    if obj.kind not in ("index", "unique", "primary key") or getattr(obj, "predicate", None) is not None:
        return None
    return (obj.parent, getattr(obj, "columns", ()))


def _serves(wish: DbObject, candidates: Iterable[DbObject | None]) -> bool:
    """Whether one of the objects provides the uniqueness (or merely the index) that `wish` asks for."""
    unique = wish.kind == "unique" or getattr(wish, "unique", False)
    return any(
        c is not None and (not unique or c.kind in ("unique", "primary key") or getattr(c, "unique", False))
        for c in candidates
    )


def _row(
    key: Key,
    objects: list[DbObject | None],
    sides: Sequence[Schema],
    external: frozenset[Key],
    served: set[tuple[int, Key]],
) -> Row:
    obj = next(o for o in objects if o is not None)
    is_external = key in external or obj.parent in external
    if is_external:
        # what the replay of the migrations has of it is a stand-in, not a statement
        objects = [o if s.states_externals else None for s, o in zip(sides, objects, strict=True)]
    speaks = tuple(
        (n, key) not in served and (o is not None or _absence_counts(s, obj, is_external))
        for n, (s, o) in enumerate(zip(sides, objects, strict=True))
    )
    return Row(key, tuple(objects), speaks, is_external)


def _absence_counts(side: Schema, obj: DbObject, external: bool) -> bool:
    """Whether `obj`, absent from the side, is said not to exist by it."""
    if not obj.absence_says:
        return False
    if obj.parent is not None and obj.parent not in side.objects:
        return False  # the missing table is the finding, not each of its columns
    if external:
        return side.covers is covers_everything and side.states_externals
    return side.covers(obj)


_MOSTLY = 0.6
"""The share of the larger table's columns that both have, where one may be the other, renamed."""


def mostly_same(one: Set[object], two: Set[object]) -> bool:
    """Whether two tables with these columns (each its name and type) may be one, renamed."""
    return bool(one) and len(one & two) >= _MOSTLY * max(len(one), len(two))
