"""Relationships: both sides of each foreign key between two classes, and of each table that joins two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from todo_db.modelcode import naming
from todo_db.modelcode.tables import ClassPlan, Link


@dataclass(frozen=True, slots=True)
class Relation:
    """One side. many: it is a list. optional: it may be None. passive: the database does what ON DELETE says,
    the ORM nothing. through: the joining class. options: of the relationship, in SQLAlchemy's words."""

    name: str
    target: ClassPlan
    back: str
    many: bool = False
    optional: bool = False
    passive: bool = False
    through: ClassPlan | None = None
    options: tuple[tuple[str, str], ...] = ()


def relations(plans: Sequence[ClassPlan]) -> Mapping[str, list[Relation]]:
    """The relationships of each class, by the class's name."""
    by_table = {p.spec.name: p for p in plans if p.mapped}
    found: dict[str, list[Relation]] = {p.name: [] for p in plans}
    taken = {p.name: set(p.attributes.values()) for p in plans}
    for plan in plans:
        ends = [(link, by_table[link.to.table]) for link in plan.links if link.to.table in by_table]
        if not plan.mapped:
            continue
        if plan.pairs and len(ends) == 2:
            _join(plan, ends, found, taken)
            continue
        counted = Counter(target.name for _, target in ends)
        for link, target in ends:
            _connect(plan, link, target, found, taken, alone=counted[target.name] == 1)
    return found


def _connect(
    plan: ClassPlan,
    link: Link,
    target: ClassPlan,
    found: dict[str, list[Relation]],
    taken: dict[str, set[str]],
    *,
    alone: bool,
) -> None:
    """Both sides of one foreign key."""
    forward = _free(_role(link, target), taken[plan.name])
    back = _free(_reverse(plan, link, target, forward, alone=alone), taken[target.name])
    options: list[tuple[str, str]] = []
    if not alone:
        options.append(("foreign_keys", _attributes(plan, link.columns)))
    itself = [("remote_side", _attributes(target, link.targets))] if plan is target else []
    optional = any(f.nullable for f in plan.columns if f.spec.name in link.columns)
    found[plan.name].append(Relation(forward, target, back, optional=optional, options=(*options, *itself)))
    single = _is_unique(plan, link.columns)
    more = [("uselist", "False")] if single else []
    found[target.name].append(
        Relation(
            back, plan, forward, many=not single, optional=single, passive=True, options=(*options, *more)
        )
    )


def _join(
    plan: ClassPlan,
    ends: Sequence[tuple[Link, ClassPlan]],
    found: dict[str, list[Relation]],
    taken: dict[str, set[str]],
) -> None:
    """Many to many, where each side lists the other by way of the joining table."""
    (one, left), (other, right) = ends
    to_right = _free(naming.many(_word(other, right)), taken[left.name])
    to_left = _free(naming.many(_word(one, left)), taken[right.name])
    sides: list[tuple[tuple[str, str], ...]] = [(), ()]
    if left is right:
        here, there = _attributes(plan, one.columns, plan.name), _attributes(plan, other.columns, plan.name)
        key = _attributes(left, one.targets)
        sides = [
            (("primaryjoin", f"{key} == {here}"), ("secondaryjoin", f"{key} == {there}")),
            (("primaryjoin", f"{key} == {there}"), ("secondaryjoin", f"{key} == {here}")),
        ]
    found[left.name].append(Relation(to_right, right, to_left, many=True, through=plan, options=sides[0]))
    found[right.name].append(Relation(to_left, left, to_right, many=True, through=plan, options=sides[1]))


def _attributes(plan: ClassPlan, columns: Iterable[str], name: str = "") -> str:
    """As SQLAlchemy evaluates it: 'Task.user_id', or a list of such."""
    listed = [f"{name or plan.name}.{plan.attributes.get(c, c)}" for c in columns]
    return listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"


def _is_unique(plan: ClassPlan, columns: tuple[str, ...]) -> bool:
    """Whether at most one row can refer to the same one."""
    single = {f.spec.name for f in plan.columns if f.spec.unique is True}
    keys = [plan.key, *(u.columns for u in plan.spec.uniques), *((c,) for c in single)]
    keys += [i.columns for i in plan.spec.indexes if i.unique is True and not isinstance(i.where, str)]
    return any(set(key) == set(columns) for key in keys)


# ---- names ----------------------------------------------------------------------------------------------


def _stem(link: Link) -> str:
    """A column without the name of the other's key: `assignee_id` → assignee; '' for `created_by`."""
    column = link.columns[0] if len(link.columns) == 1 else ""
    for key in (*link.targets, "id"):
        if column.endswith(f"_{key}") and column != f"_{key}":
            return column.removesuffix(f"_{key}")
    if column.endswith("Id") and len(column) > 2:
        return "_".join(naming.words(column[:-2]))
    return ""


def _word(link: Link, target: ClassPlan) -> str:
    """What the row at the other end is to this one: `assignee_id` → assignee."""
    return _stem(link) or target.table


def _said(link: Link, target: ClassPlan) -> str:
    """The column that says by itself what the row is: `created_by`, `assignee`; '' where it is but a key."""
    column = link.columns[0] if len(link.columns) == 1 else ""
    own = {*link.targets, naming.one(target.table), target.table}
    return "" if _stem(link) or column in own else "_".join(naming.words(column))


def _role(link: Link, target: ClassPlan) -> str:
    if said := _said(link, target):
        return naming.attribute(f"{said}_{naming.one(target.table)}")
    word = _word(link, target)
    return naming.one(word) if word == target.table else naming.attribute(word)


def _reverse(plan: ClassPlan, link: Link, target: ClassPlan, forward: str, *, alone: bool) -> str:
    """What this row's are called at the other end."""
    single = _is_unique(plan, link.columns)
    said = _said(link, target)
    if plan is target:
        return "children" if "parent" in (forward, said) else f"{said or forward}_of"
    own = naming.one(plan.table) if single else naming.many(plan.table)
    if single:
        # a user's `user_profile` is its profile
        own = own.removeprefix(naming.one(target.table) + "_") or own
    if alone or forward == naming.one(target.table):
        return own
    return f"{own}_{said}" if said.endswith("_by") else f"{own}_as_{said or forward}"


def _free(name: str, taken: set[str]) -> str:
    found = name if name not in taken else naming.free(f"{name}_row", taken)
    taken.add(found)
    return found
