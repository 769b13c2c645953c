"""Sides → differences: one comparison, generic over the fields of the object dataclasses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from todo_db.align import Row, align
from todo_db.schema import NAME, DbObject, Key, Schema, display, fact_fields
from todo_db.versions import level, set_aside

Respell = Callable[[Schema, set[Key]], Mapping[Key, DbObject]]
"""Gives objects of a side in the spelling that no longer changes when PostgreSQL reads it again."""

EXISTENCE = ""
"""The fact name of a difference in whether the object exists."""

COLUMN_ORDER = "column_order"
"""The fact name of a difference in the order of a table's columns; compared only where it is asked for."""

# What an external table's owner may choose within: a statement about one of them accepts all of its row.
EXTERNAL_FAMILIES = (
    frozenset({"text", "character varying", "character"}),
    frozenset({"timestamp with time zone", "timestamp without time zone"}),
    frozenset({"smallint", "integer", "bigint"}),
    frozenset({"json", "jsonb"}),
)
_EXTERNAL_FACTS = ("type", "nullable")


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact on which sides that state it do not agree.

    fact is EXISTENCE where some have the object and some do not, NAME where only its name differs.
    values: by side, in the order of the sides; None stands for absence (EXISTENCE) or an empty value.
    """

    key: Key
    fact: str
    values: Mapping[str, object]
    objects: Mapping[str, DbObject] = field(default_factory=dict)
    external: bool = False

    @property
    def any(self) -> DbObject:
        """The object, as the first side that has it states it."""
        return next(iter(self.objects.values()))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome: iterate over it for the differences; it is false when there are none.

    set_aside: what was not compared because not every side's server can state it, in words.
    """

    sides: tuple[Schema, ...]
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    facts: int = 0
    set_aside: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)


def compare(
    sides: Sequence[Schema], *, respell: Respell | None = None, also: Collection[str] = ()
) -> Comparison:
    """Hold sides against one another; the first ones have more authority, which only decides the order.

    respell: asked once for the objects whose deparsed text differs, so that two spellings of one
    meaning do not count. Without it texts are compared as they are. also: facts that are compared only
    where they are asked for, by name; COLUMN_ORDER is one of them.
    """
    aside = set_aside(sides)
    sides = level(sides)
    result = _compare(sides, also)
    suspects = _suspects(result) if respell is not None and result.differences else []
    if respell is not None and any(suspects):
        result = _compare([_respelled(*pair, respell) for pair in zip(sides, suspects, strict=True)], also)
    return replace(result, set_aside=aside) if aside else result


def _compare(sides: Sequence[Schema], also: Collection[str]) -> Comparison:
    rows = align(sides)
    differences: list[Difference] = []
    facts = 0
    for row in rows:
        differences += _existence(row, sides)
        facts += len(fact_fields(type(row.any)))
        differences += _facts(row, sides, also)
    if COLUMN_ORDER in also:
        differences += _column_orders(rows, sides)
    return Comparison(tuple(sides), tuple(rows), tuple(_renames(differences, sides)), facts)


# ---- what they do not agree on -----------------------------------------------------------------


def _existence(row: Row, sides: Sequence[Schema]) -> list[Difference]:
    stated = [(s.side, o) for s, o, speaks in zip(sides, row.objects, row.speaks, strict=True) if speaks]
    if row.external and not any(_relies(s, o) for s, o in zip(sides, row.objects, strict=True)):
        return []  # more than we rely on is welcome in an external table
    present = [o for _, o in stated if o is not None]
    if not present or len(present) == len(stated):
        return []
    values = {side: o.describe() if o is not None else None for side, o in stated}
    return [Difference(row.key, EXISTENCE, values, _present(row, sides), row.external)]


def _relies(side: Schema, obj: DbObject | None) -> bool:
    """Whether the side declares the external table of `obj` and names `obj` itself."""
    return obj is not None and (obj.key in side.external or obj.parent in side.external)


def _facts(row: Row, sides: Sequence[Schema], also: Collection[str]) -> list[Difference]:
    holders = [(s, o, o.key) for s, o in zip(sides, row.objects, strict=True) if o is not None]
    first = row.any
    if all(obj is first or obj == first for _, obj, _ in holders):
        return []  # by far the most frequent case
    result = []
    for fact in fact_fields(type(first)):
        if row.external and fact.name not in _EXTERNAL_FACTS:
            continue
        if fact.metadata["optional"] and fact.name not in also:
            continue
        values: dict[str, object] = {}
        exact: set[object] = set()
        families: list[frozenset[str]] = []
        for side, obj, key in holders:
            accepted = side.accepts.get((key, fact.name), frozenset())
            if accepted is None:
                continue
            value = values[side.side] = getattr(obj, fact.name)
            if accepted and fact.name == "type":
                values[side.side] = " or ".join(sorted(accepted))
            if row.external and fact.name == "type":
                accepted |= _external_family(value)
            if accepted:
                families.append(accepted)
            else:
                exact.add(value)
        if not _agree(exact, families, is_type=fact.name == "type"):
            result.append(Difference(row.key, fact.name, values, _present(row, sides), row.external))
    result = _without_consequences(result)
    numbers = {} if row.external else _unnumbered(holders)
    if numbers and all(d.fact != "identity" for d in result):
        result.append(Difference(row.key, "identity", numbers, _present(row, sides), row.external))
    return result


def _column_orders(rows: Sequence[Row], sides: Sequence[Schema]) -> list[Difference]:
    """Tables whose columns stand in another order, as far as every side with the table has them."""
    tables = {row.key: row for row in rows if row.key.kind in ("table", "foreign table") and not row.external}
    columns: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        if row.key.kind == "column" and (parent := row.any.parent) in tables:
            columns[parent].append(row)
    result = []
    for key, members in columns.items():
        here = [n for n, obj in enumerate(tables[key].objects) if obj is not None]
        common = [row for row in members if all(row.objects[n] is not None for n in here)]
        orders = {n: _in_order([row.objects[n] for row in common]) for n in here}
        if len(set(orders.values())) > 1:
            values = {sides[n].side: order for n, order in orders.items()}
            result.append(Difference(key, COLUMN_ORDER, values, _present(tables[key], sides)))
    return result


def _in_order(columns: Iterable[DbObject | None]) -> tuple[str, ...]:
    placed = sorted((getattr(c, "position", 0), c.parts[-1]) for c in columns if c is not None)
    return tuple(name for _, name in placed)


_CAST = re.compile(r'::(?:"[^"]+"|[\w. ]+)(?:\([\d, ]+\))?(?:\[\])*')


def _without_consequences(differences: list[Difference]) -> list[Difference]:
    """Where types differ, the stored default differs by its cast; that is no difference of its own."""
    if all(d.fact != "type" for d in differences):
        return differences
    return [
        d
        for d in differences
        if d.fact != "default" or len({_CAST.sub("", str(value)) for value in d.values.values()}) > 1
    ]


def _agree(exact: set[object], families: Sequence[frozenset[str]], *, is_type: bool) -> bool:
    """Whether there is one exact value at most, and it, or else some value, lies in every family."""
    if len(exact) > 1:
        return False
    if exact:
        value = next(iter(exact))
        wanted = base_type(str(value)) if is_type else value
        return all(wanted in family for family in families)
    return not families or bool(frozenset.intersection(*families))


def _unnumbered(holders: Sequence[tuple[Schema, DbObject, Key]]) -> dict[str, object]:
    """Where a side asks that a column number itself by any means: who asks, and who has no means."""
    asking = {side.side: "by default" for side, _, key in holders if key in side.numbered}
    answering = [(side, obj) for side, obj, key in holders if asking and key not in side.numbered]
    lacking = {side.side: None for side, obj in answering if not _numbers(obj)}
    return {**asking, **lacking} if lacking else {}


def _numbers(column: DbObject) -> bool:
    default = str(getattr(column, "default", None) or "")
    return getattr(column, "identity", None) is not None or default.startswith("nextval(")


def base_type(text: str) -> str:
    """A type of format_type without length and precision: 'numeric(10,2)[]' → 'numeric[]'."""
    head, _, rest = text.partition("(")
    return head.rstrip() if not rest else head.rstrip() + rest.partition(")")[2]


def _external_family(value: object) -> frozenset[str]:
    base = base_type(str(value))
    return next((f for f in EXTERNAL_FAMILIES if base in f), frozenset({base}))


def _present(row: Row, sides: Sequence[Schema]) -> dict[str, DbObject]:
    return {s.side: o for s, o in zip(sides, row.objects, strict=True) if o is not None}


def _renames(differences: list[Difference], sides: Sequence[Schema]) -> list[Difference]:
    """Make one difference of 'A is missing' and 'B is too many' where A and B differ only in their name."""
    waiting: dict[object, list[Difference]] = defaultdict(list)
    result: list[Difference] = []
    for difference in differences:
        shape = difference.any.shape if difference.fact == EXISTENCE else None
        if shape is None:
            result.append(difference)
            continue
        other = next((d for d in waiting[difference.key.kind, shape] if _complement(d, difference)), None)
        if other is None:
            waiting[difference.key.kind, shape].append(difference)
        else:
            waiting[difference.key.kind, shape].remove(other)
            result.append(_renamed(other, difference, [s.side for s in sides]))
    result += [d for rest in waiting.values() for d in rest]
    return sorted(result, key=lambda d: (d.key.name, d.key.kind, d.fact))


def _complement(one: Difference, two: Difference) -> bool:
    return one.values.keys() == two.values.keys() and all(
        (one.values[side] is None) != (two.values[side] is None) for side in one.values
    )


def _renamed(one: Difference, two: Difference, order: Sequence[str]) -> Difference:
    objects = {side: o for side in order if (o := one.objects.get(side) or two.objects.get(side)) is not None}
    values = {side: display(obj.parts[-1]) for side, obj in objects.items()}
    return Difference(next(iter(objects.values())).key, NAME, values, objects, one.external)


# ---- spelling ----------------------------------------------------------------------------------


def _suspects(result: Comparison) -> list[set[Key]]:
    """Per side the objects whose difference may be one of spelling only."""
    suspects: list[set[Key]] = [set() for _ in result.sides]
    for difference in result.differences:
        deparsed = {f.name for f in fact_fields(type(difference.any)) if f.metadata["deparsed"]}
        if difference.fact in deparsed or (difference.fact in (EXISTENCE, NAME) and deparsed):
            for n, side in enumerate(result.sides):
                if (obj := difference.objects.get(side.side)) is not None:
                    suspects[n].add(obj.key)
    # A missing and a superfluous object may be one and the same only if there are some on both sides.
    return suspects if sum(bool(s) for s in suspects) > 1 else [set() for _ in result.sides]


def _respelled(side: Schema, suspects: set[Key], respell: Respell) -> Schema:
    """The side with its suspects in the spelling that stays."""
    found = respell(side, suspects) if suspects else {}
    return replace(side, objects={**side.objects, **{k: o for k, o in found.items() if k in side.objects}})
