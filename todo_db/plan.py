"""Differences → the changes that turn one schema into another, in an order that works."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from todo_db import plan_numbers
from todo_db.compare import Respell
from todo_db.objects.change import CannotChangeError, Hazard, Statement
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint
from todo_db.objects.foreign_table import ForeignTable
from todo_db.objects.index import Index
from todo_db.objects.materialized_view import MaterializedView
from todo_db.objects.names import beside, quote
from todo_db.objects.sequence import Sequence
from todo_db.objects.table import Table
from todo_db.plan_order import Graph, Node, Phase, in_order
from todo_db.plan_state import Steps
from todo_db.plan_steps import find_steps
from todo_db.plan_types import parked
from todo_db.schema import DbObject, Key, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step: an object is created, altered or dropped.

    before is None for 'create', after is None for 'drop'. changed: the fields that differ ('alter').
    members: what is created or dropped together with a table, in one statement (columns, keys, checks).
    because: why the statements are written as they are, although Alembic may have an operation for less.
    """

    action: Literal["create", "alter", "drop"]
    before: DbObject | None = None
    after: DbObject | None = None
    changed: frozenset[str] = frozenset()
    members: tuple[DbObject, ...] = ()
    statements: tuple[Statement, ...] = ()
    because: str | None = None

    @property
    def object(self) -> DbObject:
        """The object as it is after the change, or before it is dropped."""
        found = self.after or self.before
        assert found is not None  # one of the two is always given  # noqa: S101
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A difference that cannot be turned into statements, with the reason and what would do it."""

    key: Key
    reason: str
    instead: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in an order that works. needs: for each change, by number, those that have to run before it."""

    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    needs: tuple[frozenset[int], ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(s for change in self.changes for s in change.statements)


def plan(before: Schema, after: Schema, *, respell: Respell | None = None) -> Plan:
    """The changes that turn `before` into `after`.

    External tables of either side are never touched. What `after` leaves unsaid (`accepts`) or does not
    cover stays as it is in `before`. respell: as for `compare`, so that a spelling is not a change.
    """
    steps = find_steps(before, after, respell)
    order, graph = in_order(steps)
    changes: list[Change] = []
    refusals: list[Refusal] = []
    needs: list[frozenset[int]] = []
    numbers: dict[Node, frozenset[int]] = {}  # what has to have run when this step has
    for node in order:
        waits = frozenset[int]().union(*(numbers[other] for other in graph.nodes[node]))
        numbers[node] = waits
        try:
            change = _change(steps, graph, node)
        except CannotChangeError as error:
            refusals.append(Refusal(key=node[1], reason=error.reason, instead=error.instead))
        else:
            if change.statements:
                numbers[node] = frozenset({len(changes)})
                changes.append(change)
                needs.append(waits)
    return Plan(tuple(changes), tuple(refusals), tuple(needs))


def _change(steps: Steps, graph: Graph, node: Node) -> Change:
    phase, key = node
    if key in steps.refused:
        raise steps.refused[key]
    if phase is Phase.DROP:
        return _drop(steps, graph, key)
    if phase is Phase.CREATE:
        return _create(steps, graph, key)
    if phase is Phase.FINISH:
        return _finish(steps, key)
    if phase is Phase.ALTER and key in steps.swapped:
        return _swap(steps, key)
    alteration = steps.renamed[key] if phase is Phase.RENAME else steps.altered[key]
    old, new = alteration.before, alteration.after
    if phase is Phase.RENAME:
        statements: list[Statement] = old.rename(new)  # type: ignore[attr-defined]
    else:
        statements = _resumed(steps, key, old).alter(new, alteration.changed)
    because = "its values come back from text" if key in steps.parked else None
    if isinstance(old, Column) and isinstance(new, Column):
        numbered = plan_numbers.of_identity(steps, old, new)
        statements += numbered
        because = plan_numbers.GO_ON if numbered else because
        if key in steps.suspended:
            left = _suspended(steps, old)
            old = replace(
                old, default=left.default, identity=left.identity, identity_options=left.identity_options
            )
    return Change(
        action="alter",
        before=old,
        after=new,
        changed=alteration.changed,
        statements=tuple(statements),
        because=because,
    )


def _drop(steps: Steps, graph: Graph, key: Key) -> Change:
    obj = steps.before.objects[key]
    if key in steps.suspended and isinstance(obj, Column):
        without = _suspended(steps, obj)
        changed = frozenset({"default", "identity", "identity_options"})
        because = None
        if key in steps.parked:
            changed |= {"type", "collation"}
            because = "its values wait as text while its type is made anew"
        return Change(
            action="alter",
            before=obj,
            after=without,
            changed=changed,
            statements=tuple(obj.alter(without, changed)),
            because=because,
        )
    members = tuple(steps.before.objects[k] for k in graph.members.get((Phase.DROP, key), ()))
    if isinstance(obj, Index) and (own := [m for m in members if isinstance(m, Constraint)]):
        raise CannotChangeError(
            f"the {own[0].kind} {own[0].key.name} is a part of it, and PostgreSQL lets go of neither alone",
            "Drop both at once, when nothing else needs them: DROP INDEX … CASCADE.",
        )
    return Change(action="drop", before=obj, members=members, statements=tuple(obj.drop()))


def _create(steps: Steps, graph: Graph, key: Key) -> Change:
    obj = _made(steps, key)
    members = tuple(_made(steps, k) for k in graph.members.get((Phase.CREATE, key), ()))
    statements = obj.create(members) if isinstance(obj, (Table, ForeignTable)) else obj.create()
    return Change(action="create", after=obj, members=members, statements=tuple(statements))


def _made(steps: Steps, key: Key) -> DbObject:
    return steps.recreated[key].after if key in steps.recreated else steps.created[key]


def _finish(steps: Steps, key: Key) -> Change:
    """What could not be said when the object was created, for what it needs was not there yet."""
    obj = _made(steps, key)
    statements: list[Statement] = []
    if isinstance(obj, Sequence):
        statements = [*obj.own(), *plan_numbers.of_sequence(steps, obj)]
    elif isinstance(obj, Table):
        statements = [*obj.attach(), *obj.finish()]
    elif isinstance(obj, (Index, ForeignTable)):
        statements = obj.attach()
    elif isinstance(obj, MaterializedView):
        statements = obj.finish()
    return Change(action="alter", before=obj, after=obj, statements=tuple(statements))


def _resumed(steps: Steps, key: Key, old: DbObject) -> DbObject:
    """The object as it is by now: a column's default and identity may have been taken away before."""
    return _suspended(steps, old) if key in steps.suspended and isinstance(old, Column) else old


def _suspended(steps: Steps, column: Column) -> Column:
    after = steps.altered[column.key].after
    column = parked(column) if column.key in steps.parked else column
    keeps = isinstance(after, Column) and after.identity is not None
    if keeps:
        return replace(column, default=None)
    return replace(column, default=None, identity=None, identity_options=None)


def _swap(steps: Steps, key: Key) -> Change:
    """A type gives way to a new one of its name, and its columns move over."""
    alteration = steps.swapped[key]
    old, new = alteration.before, alteration.after
    other = beside(old.parts[-1], "__old")
    aside = quote(*old.parts[:-1], other)
    statements = [Statement(f"ALTER {old.address} RENAME TO {quote(other)}")]
    statements += new.create()
    for column_key, type_key in sorted(steps.retyped.items()):
        column = steps.before.objects[column_key]
        if type_key == key and isinstance(column, Column) and not column.inherited:
            statements += _move_over(steps, column, new)
    word = old.address.partition(" ")[0]
    statements.append(Statement(f"DROP {word} {aside}"))
    return Change(
        action="alter", before=old, after=new, changed=alteration.changed, statements=tuple(statements)
    )


def _move_over(steps: Steps, column: Column, new: DbObject) -> list[Statement]:
    """A column's values are taken to the new type through their text."""
    after = steps.after.objects.get(column.key)
    target = f"{column.alter_relation} ALTER COLUMN {quote(column.name)}"
    statements = [Statement(f"{target} DROP DEFAULT")] if column.default is not None else []
    array = "[]" if column.type.endswith("[]") else ""
    using = f"{quote(column.name)}::text{array}::{column.type}"
    hazards = (Hazard.REWRITES_TABLE, Hazard.BLOCKS_READS, Hazard.BLOCKS_WRITES)
    statements.append(Statement(f"{target} TYPE {column.type} USING {using}", hazards))
    if isinstance(after, Column) and column.default is not None and after.default is not None:
        statements.append(Statement(f"{target} SET DEFAULT {after.default}"))
    return statements
