"""What turns one schema into another: which objects are created, dropped, altered or made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
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
from todo_db.schema import NAME, DbObject, Key, Schema, display

if TYPE_CHECKING:
    from todo_db.compare import Difference

_INDEXED = frozenset({"index", "primary key", "unique", "exclusion"})

# What PostgreSQL will not keep while the type of a column that it uses changes.
BLOCKS_RETYPING = frozenset(
    {"view", "materialized view", "rule", "policy", "trigger", "function", "procedure", "publication"}
)


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

    def depends_before(self, key: Key) -> frozenset[Key]:
        return _needs(self.before, key)

    def company(self, key: Key) -> set[Key]:
        """What an inherited member that is made comes from."""
        return _above(self.after, key) & {*self.created, *self.recreated}

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
        found -= _above(schema, key)  # it is attached later
    if obj.parent is not None:
        found.add(obj.parent)
    if isinstance(obj, (Table, ForeignTable)):
        found.update(obj.above)
    if (namespace := getattr(obj, "schema", None)) is not None:
        found.add(Key("schema", display(namespace)))
    return frozenset(found - {key})


def find_steps(before: Schema, after: Schema, respell: Respell | None = None) -> Steps:
    """Everything that has to happen, in no order yet."""
    steps = Steps(before=before, after=after)
    _differences(steps, respell)
    _members_of_new_and_old(steps)
    _leave_inherited_to_parent(steps)
    _spread(steps)
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
        if isinstance(old, Column) and isinstance(target, Column) and old.identity and not target.identity:
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
            if _above(steps.before, key) & group.keys() and _above(steps.after, key) & group.keys():
                del group[key]


def _find_company(steps: Steps) -> None:
    """Members of tables that come or go with what they are inherited from, without a statement."""
    going = {**steps.dropped, **steps.recreated}
    for key in going:
        steps.goes_with.update((key, other) for other in _above(steps.before, key) if other in going)
    coming = {**steps.created, **steps.recreated}
    for key in coming:
        if _comes_along(steps, key, coming):
            steps.comes_along.add(key)


def _comes_along(steps: Steps, key: Key, coming: Mapping[Key, object]) -> bool:
    """Whether a new inherited member needs no statement of its own."""
    obj = steps.after.objects[key]
    if not getattr(obj, "inherited", False) or isinstance(obj, Index) or obj.kind == "trigger":
        return False
    if obj.kind == "foreign key":
        return True  # it comes with the whole table's key, or with ATTACH PARTITION
    if obj.parent in steps.created:
        table = steps.after.objects[obj.parent]
        return not isinstance(table, (Table, ForeignTable)) or table.partition_of is None
    return bool(_above(steps.after, key) & coming.keys())


def _above(schema: Schema, key: Key) -> set[Key]:
    """What an inherited member comes from."""
    obj = schema.objects.get(key)
    if obj is None or obj.parent is None:
        return set()
    if not getattr(obj, "inherited", False) and obj.kind not in _INDEXED:
        return set()  # a key of a partition's own may be a part of a partitioned index, too
    if obj.kind in ("column", "check"):
        table = schema.objects.get(obj.parent)
        above = table.above if isinstance(table, (Table, ForeignTable)) else ()
        return {Key(obj.kind, f"{parent.name}.{display(obj.parts[-1])}") for parent in above}
    kinds = {obj.kind} if obj.kind in ("foreign key", "trigger") else _INDEXED
    needed = (schema.objects.get(k) for k in schema.depends.get(key, ()) if k.kind in kinds)
    return {other.key for other in needed if other is not None and other.parent != obj.parent}


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
    if cause in steps.swapped and isinstance(old, Column):
        steps.retyped[key] = cause
        return True
    if isinstance(old, Column) and old.generated is None and old.parent != cause:
        _suspend_default(steps, key, old)
        return False
    new = steps.after.objects.get(key)
    if old.kind in _INDEXED and cause.kind in _INDEXED and new is not None and _leaves_whole(steps, old):
        if isinstance(old, Index):
            steps.altered[key] = Alteration(before=old, after=new, changed=frozenset({"attached_to"}))
        return False  # a key stays when its table is detached, and is found when that is attached
    if cause in steps.altered and not _blocks(steps, old, cause):
        return False
    _recreate(steps, key, old)
    return True


def _goes_its_own_way(steps: Steps, key: Key, cause: Key) -> bool:
    """Whether what happens to `key` anyway takes care of it."""
    old, new = steps.before.objects.get(key), steps.after.objects.get(key)
    if old is None or key in steps.dropped or key in steps.recreated or isinstance(old, Sequence):
        return True
    if key in steps.altered:  # does it let go of the cause by itself, before that goes?
        return cause not in steps.after.depends.get(key, ()) and old.parent != cause
    return new is None


def _blocks(steps: Steps, obj: DbObject, column: Key) -> bool:
    """Whether an object keeps the type of a column from being changed."""
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
