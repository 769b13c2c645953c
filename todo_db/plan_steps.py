"""What turns one schema into another: which objects are created, dropped, altered or made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from todo_db.compare import EXISTENCE, Respell, compare
from todo_db.objects.casts import assignable
from todo_db.objects.column import Column
from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.objects.foreign_table import ForeignTable
from todo_db.objects.index import Index
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.plan_state import INDEXED, Alteration, Steps, above
from todo_db.plan_types import park, settle, uses
from todo_db.schema import NAME, DbObject, Key, Schema

if TYPE_CHECKING:
    from todo_db.compare import Difference

# What PostgreSQL will not keep while the type of a column that it uses changes.
BLOCKS_RETYPING = frozenset(
    {"view", "materialized view", "rule", "policy", "trigger", "function", "procedure", "publication"}
)


def find_steps(before: Schema, after: Schema, respell: Respell | None = None) -> Steps:
    """Everything that has to happen, in no order yet."""
    steps = Steps(before=before, after=after)
    _differences(steps, respell)
    _members_of_new_and_old(steps)
    _leave_inherited_to_parent(steps)
    settle(steps)
    _spread(steps)
    _bring_back(steps)
    _find_company(steps)
    return steps


# ---- from differences to steps -----------------------------------------------------------------


def _differences(steps: Steps, respell: Respell | None) -> None:
    facts: dict[Key, list[Difference]] = defaultdict(list)
    sides = [steps.after.with_side("after"), steps.before.with_side("before")]
    for difference in compare(sides, respell=respell):
        if difference.external:
            continue
        if difference.fact == EXISTENCE:
            _existence(steps, difference)
        elif difference.fact == NAME:
            _name(steps, difference)
        else:
            facts[difference.key].append(difference)
    for key in steps.dropped.keys() & steps.after.relied_on():
        del steps.dropped[key]  # it is not stated, and what stays needs it
    # tables first: what one of them leaves, its indexes leave with it
    for key in sorted(facts, key=lambda k: k.kind != "table"):
        _alteration(steps, key, facts[key])
    _detach_by_making_anew(steps)


def _detach_by_making_anew(steps: Steps) -> None:
    """An index that is a part of another one goes only with that one's end."""
    waiting = [*steps.recreated, *steps.dropped]
    while waiting:
        key = waiting.pop()
        old = steps.before.objects[key]
        if not isinstance(old, Index) or old.attached_to is None or old.parent in steps.dropped:
            continue
        for whole in () if _leaves_whole(steps, old) else above(steps.before, key):
            if whole.kind == "index" and whole in steps.after.objects and whole not in steps.recreated:
                _recreate(steps, whole, steps.before.objects[whole])
                waiting.append(whole)


def _existence(steps: Steps, difference: Difference) -> None:
    for side, target in (("after", steps.created), ("before", steps.dropped)):
        if (obj := difference.objects.get(side)) is not None:
            target[obj.key] = obj


def _name(steps: Steps, difference: Difference) -> None:
    old, new = difference.objects["before"], difference.objects["after"]
    same = replace(new, **{"name": old.parts[-1]}) == old
    if same and hasattr(old, "rename"):
        steps.renamed[old.key] = Alteration(before=old, after=new, changed=frozenset({"name"}))
    else:
        steps.dropped[old.key] = old
        steps.created[new.key] = new


def _alteration(steps: Steps, key: Key, found: list[Difference]) -> None:
    old, new = found[0].objects["before"], found[0].objects["after"]
    changed = frozenset(d.fact for d in found)
    if (
        isinstance(old, Column)
        and isinstance(new, Column)
        and "type" in changed
        and old.default
        and new.default
    ):
        changed |= {"default"}  # spelled with a cast to the new type, which is no difference of its own
    carried = [f.name for f in fields(old) if f.metadata.get("role") == "aside"]
    target = replace(old, **{name: getattr(new, name) for name in (*carried, *changed)})
    alteration = Alteration(before=old, after=target, changed=changed)
    if old.alters_in_place(target, changed) or _is_let_go(steps, old, target, changed):
        steps.altered[key] = alteration
        if isinstance(old, Column) and isinstance(target, Column):
            numbered = bool(old.identity), bool(target.identity)
            if numbered[0] != numbered[1] and (old.identity or "nextval(" in (old.default or "")):
                steps.suspended.add(key)  # the name of its sequence may be wanted
    elif isinstance(old, (Enum, Domain)):
        steps.swapped[key] = alteration
    else:
        steps.recreated[key] = alteration


def _is_let_go(steps: Steps, old: DbObject, new: DbObject, changed: frozenset[str]) -> bool:
    """Whether an index of a partition leaves its partitioned index because its table leaves the whole one."""
    if not isinstance(old, Index) or not isinstance(new, Index) or "attached_to" not in changed:
        return False
    return _leaves_whole(steps, old) and replace(old, attached_to=None).alters_in_place(new, changed)


def _leaves_whole(steps: Steps, member: DbObject) -> bool:
    """Whether the partition that something lives in becomes one of another table, or none."""
    if member.parent is None or member.parent not in steps.altered:
        return False
    alteration = steps.altered[member.parent]
    return "partition_of" in alteration.changed


def _arrives(steps: Steps, member: DbObject) -> bool:
    """Whether the table that something lives in, which is there already, becomes a partition."""
    alteration = steps.altered.get(member.parent) if member.parent is not None else None
    if alteration is None or "partition_of" not in alteration.changed:
        return False
    return getattr(alteration.after, "partition_of", None) is not None


def _members_of_new_and_old(steps: Steps) -> None:
    """What lives in something that is created or dropped is created or dropped, too."""
    pairs = ((steps.after, steps.created, steps.before), (steps.before, steps.dropped, steps.after))
    for schema, target, other in pairs:
        children = _children(schema)
        waiting = list(target)
        while waiting:
            for key in children.get(waiting.pop(), ()):
                if key not in target and key not in other.objects:
                    target[key] = schema.objects[key]
                    waiting.append(key)


def _children(schema: Schema) -> dict[Key, list[Key]]:
    children: dict[Key, list[Key]] = defaultdict(list)
    for key, obj in schema.objects.items():
        if obj.bearer is not None:
            children[obj.bearer].append(key)
    return children


def _leave_inherited_to_parent(steps: Steps) -> None:
    """What changes in a parent table changes in its children by itself."""
    for group in (steps.altered, steps.recreated, steps.renamed):
        for key in list(group):
            if key not in group or steps.before.objects[key].kind in ("index", "foreign key", "trigger"):
                continue
            if above(steps.before, key) & group.keys() and above(steps.after, key) & group.keys():
                del group[key]


def _find_company(steps: Steps) -> None:
    """Members of tables that come or go with what they are inherited from, without a statement."""
    going = {**steps.dropped, **steps.recreated}
    for key in going:
        steps.goes_with.update((key, other) for other in above(steps.before, key) if other in going)
    coming = {**steps.created, **steps.recreated}
    for key in coming:
        if _comes_along(steps, key, coming):
            steps.comes_along.add(key)


def _comes_along(steps: Steps, key: Key, coming: Mapping[Key, object]) -> bool:
    """Whether a new inherited member needs no statement of its own."""
    obj = steps.after.objects[key]
    if not getattr(obj, "inherited", False) or isinstance(obj, Index) or obj.kind == "trigger":
        return False
    if obj.kind in ("column", "check") and _arrives(steps, obj):
        return False  # ATTACH PARTITION wants to find it
    if obj.kind == "foreign key":
        return True  # it comes with the whole table's key, or with ATTACH PARTITION
    if obj.parent in steps.created:
        table = steps.after.objects[obj.parent]
        return not isinstance(table, (Table, ForeignTable)) or table.partition_of is None
    return bool(above(steps.after, key) & coming.keys())


# ---- what else is touched ----------------------------------------------------------------------


def _spread(steps: Steps) -> None:
    """Make anew whatever PostgreSQL will not keep while something that it depends on goes or changes."""
    dependents: dict[Key, set[Key]] = defaultdict(set)
    for key, needed in steps.before.depends.items():
        for other in needed:
            dependents[other].add(key)
    children = _children(steps.before)
    waiting = [*steps.dropped, *steps.recreated, *steps.swapped]
    waiting += [
        k for k, a in steps.altered.items() if a.changed & {"type", "collation"} and k.kind == "column"
    ]
    seen: set[Key] = set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        touched = set(dependents.get(key, ()))
        if key in steps.recreated:
            touched |= set(children.get(key, ()))
        waiting += [k for k in sorted(touched) if _touch(steps, k, key)]


def _touch(steps: Steps, key: Key, cause: Key) -> bool:
    """Decide what becomes of `key`, which depends on `cause`; returns whether it is touched itself."""
    if _goes_its_own_way(steps, key, cause):
        return False
    old = steps.before.objects[key]
    if isinstance(old, Column) and old.generated is None and old.parent != cause:
        return _touch_column(steps, old, cause)
    new = steps.after.objects.get(key)
    if old.kind in INDEXED and cause.kind in INDEXED and new is not None and _leaves_whole(steps, old):
        if isinstance(old, Index):
            steps.altered[key] = Alteration(before=old, after=new, changed=frozenset({"attached_to"}))
        return False  # a key stays when its table is detached, and is found when that is attached
    if cause in steps.altered and not _blocks(steps, old, cause):
        return False
    _recreate(steps, key, old)
    return True


def _touch_column(steps: Steps, column: Column, cause: Key) -> bool:
    """A column uses what is made anew: as its type, or in its default."""
    if not uses(column, cause, steps.before.objects[cause]):
        if column.key not in steps.parked:
            _suspend_default(steps, column.key, column)
        return False
    if cause in steps.swapped:
        steps.retyped[column.key] = cause
    else:
        park(steps, column)
    return True


def _bring_back(steps: Steps) -> None:
    """What goes with an index that is made anew, or with the type of its column, is said again."""
    for key, obj in steps.before.objects.items():
        if key in steps.dropped or key in steps.recreated:
            continue
        if isinstance(obj, Table):
            _mark_again(steps, obj)
        elif isinstance(obj, Index) and obj.statistics:
            retyped = any(
                "type" in steps.altered[k].changed
                for k in steps.before.depends.get(key, ())
                if k in steps.altered
            )
            if retyped:
                known = steps.altered.get(key)
                after = known.after if known is not None else obj
                changed = (known.changed if known is not None else frozenset()) | {"statistics"}
                bare = replace(obj, statistics=())
                steps.altered[key] = Alteration(before=bare, after=after, changed=changed)


def _mark_again(steps: Steps, table: Table) -> None:
    """A table forgets that it is identified by an index, or clustered on one, with the index."""
    known = steps.altered.get(table.key)
    after = known.after if known is not None else table
    if not isinstance(after, Table):
        return
    marks = {"replica_identity": after.replica_identity, "clustered_on": after.clustered_on}
    made = {k for k in (*steps.created, *steps.recreated) if k.kind in INDEXED}
    names = {steps.after.objects[k].parts[-1] for k in made if steps.after.objects[k].parent == table.key}
    lost = {fact for fact, mark in marks.items() if mark and mark.removeprefix("index ") in names}
    if lost:
        changed = (known.changed if known is not None else frozenset()) | lost
        steps.altered[table.key] = Alteration(before=table, after=after, changed=changed)


def _goes_its_own_way(steps: Steps, key: Key, cause: Key) -> bool:
    """Whether what happens to `key` anyway takes care of it."""
    old, new = steps.before.objects.get(key), steps.after.objects.get(key)
    if old is None or key in steps.dropped or key in steps.recreated or isinstance(old, Sequence):
        return True
    if key in steps.altered:  # does it let go of the cause by itself, before that goes?
        needed = steps.after.depends.get(key, frozenset())
        # something else may take the cause's name, and this one with it
        follows = any(
            steps.created[k].parts == steps.before.objects[cause].parts for k in needed & {*steps.created}
        )
        return cause not in needed and old.parent != cause and not follows
    return new is None


def _blocks(steps: Steps, obj: DbObject, column: Key) -> bool:
    """Whether an object keeps the type of a column from being changed."""
    if column in steps.parked:
        return True  # what is text meanwhile has no operators, indexes or keys of its type
    if obj.kind == "foreign key":
        old, new = steps.altered[column].before, steps.altered[column].after
        return isinstance(old, Column) and isinstance(new, Column) and not _same_family(old.type, new.type)
    return obj.kind in BLOCKS_RETYPING or isinstance(obj, Column)


def _same_family(one: str, two: str) -> bool:
    return assignable(one, two) and assignable(two, one)


def _suspend_default(steps: Steps, key: Key, column: Column) -> None:
    """A default that uses what is made anew is taken away before, and comes back after."""
    if column.default is None:
        return
    known = steps.altered.get(key)
    target = known.after if known is not None else column
    changed = (known.changed if known is not None else frozenset()) | {"default"}
    steps.altered[key] = Alteration(before=column, after=target, changed=changed)
    steps.suspended.add(key)


def _recreate(steps: Steps, key: Key, old: DbObject) -> None:
    known = steps.altered.pop(key, None) or steps.renamed.pop(key, None)
    steps.recreated[key] = known or Alteration(before=old, after=old, changed=frozenset())
