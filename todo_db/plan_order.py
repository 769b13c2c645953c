"""The order of a plan's steps: each runs when what it needs is there and before what it needs is gone."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from todo_db.objects import KINDS
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint, IndexedConstraint
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.foreign_table import ForeignTable
from todo_db.objects.index import Index
from todo_db.objects.materialized_view import MaterializedView
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.plan_state import Steps
from todo_db.schema import DbObject, Key, Schema, display


class Phase(IntEnum):
    """What a step does; where nothing else decides, the earlier phase goes first."""

    DROP = 0
    RENAME = 1
    ALTER = 2
    CREATE = 3
    FINISH = 4  # what needs others to be there: attaching partitions, owners of sequences


Node = tuple[Phase, Key]

_RANK = {cls.kind: number for number, cls in enumerate(KINDS)}

# Kinds that share one space of names within a schema, beside constraints with an index.
_RELATIONS = frozenset(
    {"table", "view", "materialized view", "sequence", "foreign table", "composite type", "index"}
    | {"enum", "domain", "range type", "primary key", "unique", "exclusion"}
)


# Members that may be dropped before what they live in, where that breaks a circle.
_ALONE = frozenset({"view", "function", "policy", "trigger", "rule"})

_ROUTINES = frozenset({"function", "procedure"})


@dataclass(slots=True)
class Graph:
    """Steps and what runs before what; `origin` keeps for which object an edge was drawn."""

    steps: Steps
    separate: set[Key] = field(default_factory=set)
    nodes: dict[Node, set[Node]] = field(default_factory=dict)  # node → those before it
    homes: dict[Node, Node] = field(default_factory=dict)  # a member's step → the step that includes it
    members: dict[Node, list[Key]] = field(default_factory=lambda: defaultdict(list))
    origin: dict[tuple[Node, Node], set[Key]] = field(default_factory=lambda: defaultdict(set))

    def home(self, node: Node) -> Node | None:
        """The step in which something happens, None where it needs none."""
        while node in self.homes:
            node = self.homes[node]
        return node if node in self.nodes else None

    def before(self, first: Node, then: Node, *keys: Key) -> None:
        """Draw 'first runs before then', if both happen at all."""
        one, two = self.home(first), self.home(then)
        if one is not None and two is not None and one != two:
            self.nodes[two].add(one)
            self.origin[one, two].update(keys)


def in_order(steps: Steps) -> tuple[list[Node], Graph]:
    """The steps in an order that works, and the graph that says what is included in what.

    Where members of tables make a circle they are taken out of their table's statement; what is left of
    a circle after that is cut at its last edge.
    """
    separate: set[Key] = set()
    while True:
        graph = _graph(steps, separate)
        circle = _sort(graph)
        if not circle.circle:
            return circle.order, graph
        found = _separable(graph, circle.circle) - separate
        if not found:
            return _cut(graph), graph
        separate |= found


# ---- drawing -----------------------------------------------------------------------------------


def _graph(steps: Steps, separate: set[Key]) -> Graph:
    graph = Graph(steps, separate)
    for phase, group in (
        (Phase.DROP, [*steps.dropped, *steps.recreated, *steps.suspended]),
        (Phase.RENAME, [*steps.renamed]),
        (Phase.ALTER, [*steps.altered, *steps.swapped]),
        (Phase.CREATE, [*steps.created, *steps.recreated]),
    ):
        graph.nodes.update(((phase, key), set()) for key in group)
    graph.nodes.update(((Phase.FINISH, key), set()) for key in _to_finish(steps))
    _include(graph)
    for key in steps.retyped:
        if (Phase.ALTER, key) not in graph.nodes:
            graph.homes[Phase.ALTER, key] = (Phase.ALTER, steps.retyped[key])
    for _, key in list(graph.nodes):
        _draw(graph, key)
    _draw_names(graph)
    return graph


def _to_finish(steps: Steps) -> Iterator[Key]:
    for key, obj in _new(steps).items():
        if (
            (isinstance(obj, Table) and (obj.attach() or obj.finish()))
            or (isinstance(obj, ForeignTable) and obj.partition_of is not None)
            or (isinstance(obj, MaterializedView) and obj.clustered_on is not None)
            or (isinstance(obj, Index) and obj.attached_to is not None)
            or (isinstance(obj, Sequence) and obj.owned_by is not None)
        ):
            yield key


def _new(steps: Steps) -> dict[Key, DbObject]:
    """Everything that is created, for the first time or again."""
    return {**steps.created, **{key: change.after for key, change in steps.recreated.items()}}


def _include(graph: Graph) -> None:
    """Put members into the statement of what they live in: they come and go with it."""
    steps = graph.steps
    for key, obj in steps.dropped.items():
        home = _dropped_with(steps, key, obj)
        if home is not None and key not in graph.separate:
            _put(graph, Phase.DROP, key, home)
    for key, change in steps.recreated.items():
        above = change.before.parent
        if change.before.goes_with_parent and above is not None and above in steps.recreated:
            _put(graph, Phase.DROP, key, above)
    for key, home in steps.goes_with.items():
        if (Phase.DROP, key) not in graph.homes:
            _put(graph, Phase.DROP, key, home)
    for key in steps.comes_along:
        graph.nodes.pop((Phase.CREATE, key), None)
        whole = next(iter(steps.company(key)), None) or steps.after.objects[key].parent
        if whole is not None:
            graph.homes[Phase.CREATE, key] = (Phase.CREATE, whole)
    for key, obj in _new(steps).items():
        if key not in graph.separate and _inlined(steps, obj) and obj.parent is not None:
            _put(graph, Phase.CREATE, key, obj.parent)


def _put(graph: Graph, phase: Phase, key: Key, home: Key) -> None:
    graph.nodes.pop((phase, key), None)
    graph.homes[phase, key] = (phase, home)
    graph.members[phase, home].append(key)


def _dropped_with(steps: Steps, key: Key, obj: DbObject) -> Key | None:
    """What takes the object along when it is dropped."""
    if obj.goes_with_parent and (obj.parent in steps.dropped or obj.parent in steps.recreated):
        return obj.parent
    if isinstance(obj, Sequence) and obj.owned_by is not None:
        owner = Key("column", obj.owned_by)
        return owner if owner in steps.dropped else None
    return None


def _inlined(steps: Steps, obj: DbObject) -> bool:
    """Whether CREATE TABLE takes the object along."""
    made = obj.parent in steps.created or obj.parent in steps.recreated
    if not made or obj.parent is None or obj.parent.kind not in ("table", "foreign table"):
        return False
    if obj.key in steps.comes_along or _is_doubled(steps, obj):
        return False
    if isinstance(obj, Constraint):
        return not isinstance(obj, ForeignKey) and getattr(obj, "valid", True)
    return isinstance(obj, Column)


def _is_doubled(steps: Steps, obj: DbObject) -> bool:
    """A second key on the same columns in one CREATE TABLE is silently dropped by PostgreSQL."""
    if not isinstance(obj, IndexedConstraint):
        return False
    others = (
        o for o in steps.created.values() if isinstance(o, IndexedConstraint) and o.parent == obj.parent
    )
    return any(o.columns == obj.columns and o.key < obj.key for o in others)


def _draw(graph: Graph, key: Key) -> None:
    """What `key` and the members of its statements need."""
    for phase in Phase:
        for member in (key, *graph.members.get((phase, key), ())):
            _draw_one(graph, member)


def _draw_one(graph: Graph, key: Key) -> None:
    steps = graph.steps
    for other in steps.depends_before(key):
        graph.before((Phase.DROP, key), (Phase.DROP, other), key, other)
        graph.before((Phase.DROP, key), (Phase.ALTER, other), key, other)
        if key not in steps.suspended:
            graph.before((Phase.ALTER, key), (Phase.DROP, other), key, other)
    after = steps.depends_after(key)
    for other in after:
        if key in steps.suspended:
            graph.before((Phase.DROP, key), (Phase.CREATE, other), key)
        for phase in (Phase.CREATE, Phase.ALTER, Phase.RENAME):
            graph.before((phase, other), (Phase.CREATE, key), key, other)
            graph.before((phase, other), (Phase.ALTER, key), key, other)
        graph.before((Phase.CREATE, key), (Phase.FINISH, key), key)
    for other in steps.depends_before(key) - after:
        graph.before((Phase.ALTER, key), (Phase.ALTER, other), key, other)
    graph.before((Phase.DROP, key), (Phase.CREATE, key), key)
    graph.before((Phase.DROP, key), (Phase.ALTER, key), key)
    graph.before((Phase.CREATE, key), (Phase.FINISH, key), key)
    _draw_finish(graph, key)
    if (obj := steps.after.objects.get(key)) is not None and obj.parent is not None:
        _draw_partitions(graph, key, obj.parent)


def _draw_finish(graph: Graph, key: Key) -> None:
    """Attaching needs both sides; a replica identity needs its index; an owner its column."""
    obj = graph.steps.after.objects.get(key)
    then = (Phase.FINISH, key)
    old = graph.steps.before.objects.get(key)
    if obj is None and old is not None and old.parent is not None and _identifies_rows(graph.steps, old):
        graph.before((Phase.ALTER, old.parent), (Phase.DROP, key), key)  # rows are identified otherwise first
    if isinstance(old, Sequence) and old.owned_by is not None:  # it leaves before its column goes
        graph.before((Phase.ALTER, key), (Phase.DROP, Key("column", old.owned_by)), key)
    if isinstance(obj, Sequence) and obj.owned_by is not None:
        graph.before((Phase.CREATE, Key("column", obj.owned_by)), then, key)
        graph.before((Phase.CREATE, Key("column", obj.owned_by)), (Phase.ALTER, key), key)
    if isinstance(obj, (Table, ForeignTable)):
        for above in obj.above:
            graph.before((Phase.CREATE, above), then, key)
            for index in _incomplete_indexes(
                graph.steps.after, above
            ):  # it would be complete without partitions
                graph.before(then, (Phase.CREATE, index), key)
            graph.before((Phase.FINISH, key), (Phase.FINISH, above), key)
            for other in _leaving(graph.steps, above):  # its bounds may overlap those that others give up
                graph.before((Phase.DROP, other), then, key)
                graph.before((Phase.ALTER, other), then, key)
    if isinstance(obj, (Index, Constraint)) and obj.parent is not None and obj.kind != "foreign key":
        graph.before((Phase.CREATE, key), (Phase.FINISH, obj.parent), key)
        graph.before((Phase.CREATE, key), (Phase.ALTER, obj.parent), key)
        if isinstance(obj, Index) and obj.attached_to is not None:
            graph.before((Phase.FINISH, obj.parent), then, key)
            whole = next(
                (k for k in _new(graph.steps) if _called(graph.steps.after, k) == obj.attached_to), None
            )
            if whole is not None:
                graph.before((Phase.CREATE, whole), then, key)
                graph.before((Phase.CREATE, whole), (Phase.ALTER, key), key)
                for other in _new(graph.steps):  # a foreign key to it needs it whole
                    if other.kind == "foreign key" and whole in graph.steps.depends_after(other):
                        graph.before(then, (Phase.CREATE, other), key)


def _identifies_rows(steps: Steps, old: DbObject) -> bool:
    """Whether a table's replica identity is this index, and will be something else."""
    table = steps.altered.get(old.parent) if old.parent is not None else None
    if table is None or "replica_identity" not in table.changed:
        return False
    return (
        isinstance(old, (Index, IndexedConstraint))
        and getattr(table.before, "replica_identity", "") == f"index {old.parts[-1]}"
    )


def _draw_partitions(graph: Graph, key: Key, table: Key) -> None:
    """What a partition has to have comes before it is attached; what a whole gets, those that left do not."""
    moved = graph.steps.altered.get(table)
    if moved is not None and "partition_of" in moved.changed and key.kind in ("column", "check"):
        graph.before((Phase.CREATE, key), (Phase.ALTER, table), key)
    for other in _leaving(graph.steps, table):
        if getattr(graph.steps.after.objects.get(other), "partition_of", None) != table.name:
            graph.before((Phase.ALTER, other), (Phase.CREATE, key), key)
            graph.before((Phase.DROP, other), (Phase.CREATE, key), key)


def _leaving(steps: Steps, whole: Key) -> list[Key]:
    """Partitions of a table that are dropped, detached or get other bounds."""
    moved = [k for k, a in steps.altered.items() if a.changed & {"partition_of", "partition_bound"}]
    before = steps.before.objects
    return [k for k in (*steps.dropped, *moved) if getattr(before[k], "partition_of", None) == whole.name]


def _incomplete_indexes(schema: Schema, table: Key) -> list[Key]:
    """Indexes of a partitioned table that not all of its partitions have."""
    indexes = schema.children(table, "index")
    return [i.key for i in indexes if isinstance(i, Index) and i.partitioned and not i.valid]


def _called(schema: Schema, key: Key) -> str | None:
    """The displayed name of an index."""
    obj = schema.objects.get(key)
    return display(obj.parts[0], obj.parts[-1]) if isinstance(obj, Index) else None


def _draw_names(graph: Graph) -> None:
    """A name has to be free before it is taken."""
    freed: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for group, phase in ((graph.steps.dropped, Phase.DROP), (graph.steps.recreated, Phase.DROP)):
        for key in group:
            freed[_space(graph.steps.before.objects[key])].append((phase, key))
    for key, change in graph.steps.renamed.items():
        freed[_space(change.before)].append((Phase.RENAME, key))
        for node in freed.get(_space(change.after), ()):
            graph.before(node, (Phase.RENAME, key), key)
    for key, obj in _new(graph.steps).items():
        for node in freed.get(_space(obj), ()):
            graph.before(node, (Phase.CREATE, key), key)
    _draw_overloads(graph)


def _draw_overloads(graph: Graph) -> None:
    """While two routines of a name are there, a call may be for either."""
    gone: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for key in (*graph.steps.dropped, *graph.steps.recreated):
        if key.kind in _ROUTINES:
            gone[graph.steps.before.objects[key].parts[:2]].append(key)
    for key, obj in _new(graph.steps).items():
        for other in gone.get(obj.parts[:2], ()) if key.kind in _ROUTINES else ():
            graph.before((Phase.DROP, other), (Phase.CREATE, key), key)


def _space(obj: DbObject) -> tuple[str, str]:
    """Where the object's name has to be unique, and the name."""
    if obj.kind in _RELATIONS:
        return (f"relation {obj.parts[0]}", obj.parts[-1])
    parent = obj.parent.name if obj.parent is not None else ""
    return (f"{'constraint' if isinstance(obj, Constraint) else obj.kind} {parent}", display(*obj.parts))


# ---- sorting -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sorted:
    order: list[Node]
    circle: list[Node]


def _rank(node: Node) -> tuple[int, int, str]:
    phase, key = node
    rank = _RANK[key.kind]
    if phase is Phase.ALTER and key.kind in _ROUTINES:
        phase = Phase.CREATE  # PostgreSQL looks whether what a body names is there
    return (phase, -rank if phase is Phase.DROP else rank, key.name)


def _sort(graph: Graph) -> _Sorted:
    waits = {node: set(before) for node, before in graph.nodes.items()}
    followers: dict[Node, list[Node]] = defaultdict(list)
    for node, before in waits.items():
        for other in before:
            followers[other].append(node)
    ready = [(_rank(node), node) for node, before in waits.items() if not before]
    heapq.heapify(ready)
    order: list[Node] = []
    while ready:
        _, node = heapq.heappop(ready)
        order.append(node)
        for follower in followers[node]:
            waits[follower].discard(node)
            if not waits[follower]:
                heapq.heappush(ready, (_rank(follower), follower))
    return _Sorted(order, _circle(waits, set(order)))


def _circle(waits: dict[Node, set[Node]], done: set[Node]) -> list[Node]:
    """One circle among the steps that never became ready."""
    stuck = [node for node in waits if node not in done]
    if not stuck:
        return []
    path: list[Node] = [min(stuck, key=_rank)]
    seen = {path[0]: 0}
    while True:
        following = min(waits[path[-1]], key=_rank)
        if following in seen:
            return path[seen[following] :][::-1]
        seen[following] = len(path)
        path.append(following)


def _separable(graph: Graph, circle: list[Node]) -> set[Key]:
    """Members that stand on the circle only because they are part of another statement."""
    found: set[Key] = set()
    for first, then in zip(circle, [*circle[1:], circle[0]], strict=True):
        for key in graph.origin[first, then]:
            for phase in (Phase.DROP, Phase.CREATE):
                if (phase, key) in graph.homes and _can_stand_alone(graph.steps, phase, key):
                    found.add(key)
    return found


def _can_stand_alone(steps: Steps, phase: Phase, key: Key) -> bool:
    obj = (steps.dropped if phase is Phase.DROP else steps.created).get(key)
    return isinstance(obj, Constraint) or (obj is not None and obj.kind in _ALONE)


def _cut(graph: Graph) -> list[Node]:
    """An order in spite of circles: the edge into the earliest of their steps is given up."""
    while True:
        result = _sort(graph)
        if not result.circle:
            return result.order
        last, first = result.circle[-1], result.circle[0]
        graph.nodes[first].discard(last)
