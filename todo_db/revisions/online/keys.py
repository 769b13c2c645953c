"""Primary keys and unique constraints: a unique index made CONCURRENTLY becomes the constraint's own.

https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX
"""

from __future__ import annotations

from collections.abc import Sequence

from todo_db.objects.change import Statement
from todo_db.objects.constraint import IndexedConstraint, deferral
from todo_db.objects.index import Index
from todo_db.objects.names import quote
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.statements import comment_if_any
from todo_db.objects.table import Table
from todo_db.objects.unique import Unique
from todo_db.plan import Change
from todo_db.revisions.online.indexes import concurrently
from todo_db.revisions.online.stages import Part, Situation, Way
from todo_db.schema import Key, display

BECAUSE = "the index was made without keeping anybody from writing"


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """The index by itself, and then the constraint, which takes a moment."""
    key = change.after
    if change.action != "create" or not isinstance(key, (PrimaryKey, Unique)):
        return None
    if not can_wait(key, situation):
        return None
    index = index_of(key)
    made = concurrently(Change(action="create", after=index, statements=tuple(index.create())))
    taken = Change(action="create", after=key, statements=_taken_over(key), because=BECAUSE)
    # a primary key takes NOT NULL along, which a column has for other reasons, too, unless it is inherited
    plain = isinstance(key, PrimaryKey) and any(_is_inherited(key, c, situation) for c in key.columns)
    undo = None if plain else (_given_back(key), made)
    return [
        Part(changes=(made,), way=Way.APART, what=f"index {key.name}"),
        Part(changes=(taken,), what=f"add {key.name}", undo=undo),
    ]


def _is_inherited(key: IndexedConstraint, column: str, situation: Situation) -> bool:
    parent = key.parent.name if key.parent is not None else ""
    return getattr(
        situation.after.objects.get(Key("column", f"{parent}.{display(column)}")), "inherited", False
    )


def can_wait(key: IndexedConstraint, situation: Situation) -> bool:
    """Whether the index can be made beforehand, and there is any need to."""
    table = situation.before.objects.get(key.parent) if key.parent is not None else None
    if not isinstance(table, Table) or table.partition_key is not None or key.parent in situation.new:
        return False
    return not getattr(key, "without_overlaps", False) and not key.inherited  # an index over ranges cannot be


def index_of(key: IndexedConstraint) -> Index:
    """The index that the constraint would make for itself."""
    return Index(
        schema=key.schema,
        table=key.table,
        name=key.name,
        columns=tuple(quote(c) for c in key.columns),
        unique=True,
        include=key.include,
        nulls_not_distinct=isinstance(key, Unique) and key.nulls_not_distinct,
        options=key.options,
        tablespace=key.tablespace,
    )


def _taken_over(key: IndexedConstraint) -> tuple[Statement, ...]:
    text = f"{key.alter_relation} ADD CONSTRAINT {quote(key.name)} {key.words} USING INDEX {quote(key.name)}"
    return (Statement(text + deferral(key.deferrable, key.deferred)), *comment_if_any(key))


def _given_back(key: IndexedConstraint) -> Change:
    """The constraint goes with its index, which is then made again; repeatable, for that takes its time."""
    text = f"{key.alter_relation} DROP CONSTRAINT IF EXISTS {quote(key.name)}"
    return Change(
        action="drop",
        before=key,
        statements=(Statement(text),),
        because="the index is made again after this is committed, and that may be broken off",
    )
