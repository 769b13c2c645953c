"""An index or a key that is made anew under its name: the next one is there before the last one goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from todo_db.objects.change import Statement
from todo_db.objects.constraint import IndexedConstraint, deferral
from todo_db.objects.index import Index
from todo_db.objects.names import beside, quote
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.statements import comment_if_any
from todo_db.objects.unique import Unique
from todo_db.plan import Change, Plan
from todo_db.revisions.online import indexes, keys
from todo_db.revisions.online.stages import Part, Situation, Way
from todo_db.schema import Key, display

_SWAPS = "one takes the place of the other in a moment, so that rows are never without it"


def paired(plan: Plan, situation: Situation) -> Plan:
    """The plan with one change where an index goes and comes back with nothing to be done in between."""
    pairs = list(_pairs(plan, situation))
    absorbed = {other: place for place, other in pairs}
    merged = {place: _merged(plan.changes[place], plan.changes[other]) for place, other in pairs}
    waits = {place: plan.needs[place] | plan.needs[other] for place, other in pairs}
    numbers: dict[int, int] = {}
    changes: list[Change] = []
    needs: list[frozenset[int]] = []
    for number, change in enumerate(plan.changes):
        if number in absorbed:
            continue
        numbers[number] = len(changes)
        numbers |= {other: len(changes) for other, place in absorbed.items() if place == number}
        before = waits.get(number, plan.needs[number]) - {number}
        changes.append(merged.get(number, change))
        needs.append(frozenset(numbers[n] for n in before) - {numbers[number]})
    return _later(replace(plan, changes=tuple(changes), needs=tuple(needs)), situation)


def _later(plan: Plan, situation: Situation) -> Plan:
    """Indexes that nothing waits for go last: what may do their work by then is there."""
    waited_for = frozenset[int]().union(*plan.needs)
    last = [
        n
        for n, c in enumerate(plan.changes)
        if c.action == "drop" and n not in waited_for and isinstance(c.before, Index)
        if indexes.can_wait(c.before, situation)
    ]
    order = [*(n for n in range(len(plan.changes)) if n not in last), *last]
    numbers = {old: new for new, old in enumerate(order)}
    return replace(
        plan,
        changes=tuple(plan.changes[n] for n in order),
        needs=tuple(frozenset(numbers[m] for m in plan.needs[n]) for n in order),
    )


def _merged(one: Change, other: Change) -> Change:
    gone, made = (one, other) if one.action == "drop" else (other, one)
    return Change(action="alter", before=gone.before, after=made.after)


def _pairs(plan: Plan, situation: Situation) -> Iterable[tuple[int, int]]:
    """Where the one change is to be, and the one that it takes up."""
    gone = {c.before.key: n for n, c in enumerate(plan.changes) if c.action == "drop" and c.before}
    for number, change in enumerate(plan.changes):
        made = change.after
        if change.action != "create" or made is None or made.key not in gone:
            continue
        first = gone[made.key]
        old = plan.changes[first].before
        if old is None or not _can_swap(old, made, situation):
            continue
        if plan.needs[number] <= {first} | plan.needs[first]:
            yield first, number
        elif not any(first in n for k, n in enumerate(plan.needs) if k != number):
            yield number, first


def _can_swap(old: object, new: object, situation: Situation) -> bool:
    if isinstance(old, Index) and isinstance(new, Index):
        return indexes.can_wait(old, situation) and indexes.can_wait(new, situation) and new.valid
    both = isinstance(old, (PrimaryKey, Unique)) and isinstance(new, (PrimaryKey, Unique))
    return both and keys.can_wait(old, situation) and keys.can_wait(new, situation)  # type: ignore[arg-type]


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """The next one beside the last one, whose place it then takes."""
    old, new = change.before, change.after
    if change.action != "alter" or change.statements:
        return None
    if isinstance(old, Index) and isinstance(new, Index):
        return _index(old, new, _free(situation, new))
    if isinstance(old, (PrimaryKey, Unique)) and isinstance(new, (PrimaryKey, Unique)):
        return _key(old, new, _free(situation, new))
    return None


def _free(situation: Situation, obj: Index | IndexedConstraint) -> str:
    """A name that no relation has."""
    taken: set[str] = set()
    sides: tuple[Mapping[Key, object], ...] = (situation.before.objects, situation.after.objects)
    for side in sides:
        taken |= {k.name for k in side}
    name, number = beside(obj.name, "__new"), 1
    while {display(obj.schema, name), display(obj.schema, obj.table, name)} & taken:
        number += 1
        name = beside(obj.name, f"__new{number}")
    return name


def _index(old: Index, new: Index, name: str) -> list[Part]:
    aside = replace(new, name=name)
    made = indexes.concurrently(Change(action="create", after=aside, statements=tuple(aside.create())))
    gone = indexes.concurrently(Change(action="drop", before=old, statements=tuple(old.drop())))
    called = Change(
        action="alter",
        before=aside,
        after=new,
        changed=frozenset({"name"}),
        statements=tuple(aside.rename(new)),
    )
    return [
        Part(changes=(made,), way=Way.APART, what=f"index {new.name} anew"),
        Part(changes=(gone,), way=Way.APART, what=f"drop the last {new.name}"),
        Part(changes=(called,), what=f"rename {name}"),
    ]


def _key(old: PrimaryKey | Unique, new: PrimaryKey | Unique, name: str) -> list[Part]:
    """The way back is of the same kind: the last index is made beside the next one before they swap."""
    aside, before = (replace(keys.index_of(key), name=name) for key in (new, old))
    made, again = (
        indexes.concurrently(Change(action="create", after=index, statements=tuple(index.create())))
        for index in (aside, before)
    )
    return [
        Part(changes=(made,), way=Way.APART, what=f"index {new.name} anew"),
        Part(
            changes=(_swap(old, new, name),),
            what=f"replace {new.name}",
            undo=(again, _swap(new, old, name), made),
        ),
    ]


def _swap(old: PrimaryKey | Unique, new: PrimaryKey | Unique, index: str) -> Change:
    """In one statement; the index takes the constraint's name."""
    text = (
        f"{new.alter_relation} DROP CONSTRAINT {quote(old.name)},"
        f" ADD CONSTRAINT {quote(new.name)} {new.words} USING INDEX {quote(index)}"
    )
    statement = Statement(text + deferral(new.deferrable, new.deferred))
    return Change(
        action="alter",
        before=old,
        after=new,
        changed=frozenset({"columns"}),
        statements=(statement, *comment_if_any(new)),
        because=_SWAPS,
    )
