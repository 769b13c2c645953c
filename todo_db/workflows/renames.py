"""What may have been renamed: told as a question, for it may look so and have come about otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from todo_db.align import mostly_same
from todo_db.compare import EXISTENCE, Comparison, Difference
from todo_db.schema import DbObject, Key, Schema, fact_fields

Hints = dict[tuple[Key, str], str]


def possible_renames(comparison: Comparison) -> Hints:
    """By key and fact of a difference the question whether it is a rename.

    Asked where exactly two come into question, one missing and one superfluous on the same sides: tables with
    mostly the same columns, columns of one table and type, other objects with the same facts; and within an
    enum labels of which one gave way to another in the same place.
    """
    lonely = [d for d in comparison.differences if d.fact == EXISTENCE]
    hints: Hints = {}
    hints |= _asked(lonely, _column, "has the same type")
    hints |= _asked(lonely, _twin, "has the same definition")
    hints |= _tables([d for d in lonely if d.any.kind == "table"], comparison.sides)
    for difference in comparison.differences:
        if difference.any.kind == "enum" and difference.fact == "labels" and (said := _labels(difference)):
            hints[difference.key, difference.fact] = said
    return hints


def _column(obj: DbObject) -> object:
    return (obj.parent, getattr(obj, "type", None)) if obj.kind == "column" else None


def _twin(obj: DbObject) -> object:
    """What has to be the same in two objects of which one may be the other, renamed."""
    if obj.kind in ("column", "table", "schema", "grant", "owner", "extension"):
        return None
    facts = tuple(getattr(obj, f.name) for f in fact_fields(type(obj)) if f.name != "comment")
    return (obj.kind, obj.parent, facts) if facts else None


def _asked(differences: Iterable[Difference], sameness: Callable[[DbObject], object], why: str) -> Hints:
    groups: dict[object, list[Difference]] = defaultdict(list)
    for difference in differences:
        if (same := sameness(difference.any)) is not None:
            groups[same].append(difference)
    hints: Hints = {}
    for pair in groups.values():
        if len(pair) == 2 and _opposite(pair[0], pair[1]):
            hints |= _both(pair[0], pair[1], why)
    return hints


def _both(one: Difference, two: Difference, why: str) -> Hints:
    return {
        (d.key, d.fact): f"was it renamed? {other.key.name} {why} and is missing elsewhere"
        for d, other in ((one, two), (two, one))
    }


def _opposite(one: Difference, two: Difference) -> bool:
    common = one.values.keys() & two.values.keys()
    return bool(common) and all((one.values[s] is None) != (two.values[s] is None) for s in common)


# ---- tables ------------------------------------------------------------------------------------


def _tables(differences: Sequence[Difference], sides: Iterable[Schema]) -> Hints:
    if len(differences) < 2:
        return {}
    columns = {d.key: _columns(d, sides) for d in differences}
    near: dict[Key, list[Difference]] = defaultdict(list)
    for one in differences:
        for two in differences:
            if one.key != two.key and _opposite(one, two) and mostly_same(columns[one.key], columns[two.key]):
                near[one.key].append(two)
    hints: Hints = {}
    for one in differences:
        others = near[one.key]
        if len(others) == 1 and len(near[others[0].key]) == 1:
            hints |= _both(one, others[0], "has the same columns")
    return hints


def _columns(difference: Difference, sides: Iterable[Schema]) -> frozenset[tuple[str, str]]:
    holder = next(s for s in sides if s.side in difference.objects)
    members = (o for o in holder.objects.values() if o.kind == "column" and o.parent == difference.any.key)
    return frozenset((m.parts[-1], str(getattr(m, "type", ""))) for m in members)


# ---- labels of an enum -------------------------------------------------------------------------


def _labels(difference: Difference) -> str | None:
    """The question where two sides have as many labels, and differ in some that stand in the same place."""
    lists = [v for v in dict.fromkeys(difference.values.values()) if isinstance(v, tuple)]
    if len(lists) != 2 or len(lists[0]) != len(lists[1]):
        return None
    changed = [(a, b) for a, b in zip(*lists, strict=True) if a != b]
    if len(changed) == len(lists[0]) or any(a in lists[1] or b in lists[0] for a, b in changed):
        return None  # all are others, or they only stand in another order
    return "were labels renamed? " + ", ".join(f"{a!r} and {b!r} stand in the same place" for a, b in changed)
