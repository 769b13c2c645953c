"""SET NOT NULL by way of a validated check, which spares PostgreSQL the scan under its strongest lock.

https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from todo_db.objects.change import Statement
from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.names import beside, quote
from todo_db.plan import Change
from todo_db.revisions.online.stages import Batches, Part, Situation, Way
from todo_db.revisions.online.validated import validation


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """What else changes, with the check; its validation; NOT NULL in the place of the check."""
    old, new = change.before, change.after
    if change.action != "alter" or not isinstance(old, Column) or not isinstance(new, Column):
        return None
    wanted = old.nullable and not new.nullable and new.not_null_valid and "nullable" in change.changed
    if not wanted or new.inherited or new.relation_kind != "table" or new.parent in situation.new:
        return None
    rest = change.changed - {"nullable"}
    loose = replace(new, nullable=True)
    before = (
        [replace(change, after=loose, changed=rest, statements=tuple(old.alter(loose, rest)))] if rest else []
    )
    return [*filled(loose, situation, before), *tightened(loose, situation)]


def filled(column: Column, situation: Situation, before: Sequence[Change]) -> list[Part]:
    """What has to be there first, then the rows that lack a value, and the check that holds for new rows.

    The check comes last: even an update of something else in a row that lacks the value would fail by it.
    """
    check = check_for(column, situation)
    added = Change(action="create", after=check, statements=tuple(check.create()))
    expression = situation.data.get(column.key)
    if expression is None:
        return [Part(changes=(*before, added), what=f"add {check.name}")]
    name = f"{column.table}.{column.name}"
    found = [Part(changes=tuple(before), what=f"add {name}")] if before else []
    fill = batches(column, expression)
    return [*found, Part(changes=(added,), way=Way.APART, what=f"fill {name}", batches=fill)]


def batches(column: Column, expression: str) -> Batches:
    """The rows without a value get one."""
    return Batches(
        schema=column.schema,
        table=column.table,
        column=column.name,
        expression=expression,
        missing=f"{quote(column.name)} IS NULL",
    )


def tightened(column: Column, situation: Situation) -> list[Part]:
    """The look at the rows, and NOT NULL in the check's place."""
    check = check_for(column, situation)
    valid, strict = replace(check, valid=True), replace(column, nullable=False)
    changed = frozenset({"nullable"})
    target = f"{column.alter_relation} ALTER COLUMN {quote(column.name)}"
    tight = Change(
        action="alter",
        before=column,
        after=strict,
        changed=changed,
        statements=(Statement(f"{target} SET NOT NULL"),),  # proven by the check: nothing is scanned
    )
    gone = Change(action="drop", before=valid, statements=tuple(valid.drop()))
    return [validation(check), Part(changes=(tight, gone), what=f"{column.table}.{column.name} not null")]


def check_for(column: Column, situation: Situation) -> Check:
    """The check that says so, under a name that nothing in the table has."""
    taken = {
        k.name for side in (situation.before, situation.after) for k in side.objects if k.kind != "column"
    }
    stem = f"{column.table}_{column.name}_is_not_null"
    name, number = beside(stem, ""), 1
    while _name(column, name) in taken:
        number += 1
        name = beside(stem, f"_{number}")
    return Check(
        schema=column.schema,
        table=column.table,
        name=name,
        expression=f"{quote(column.name)} IS NOT NULL",
        valid=False,
    )


def _name(column: Column, name: str) -> str:
    return Check(schema=column.schema, table=column.table, name=name, expression="").key.name
