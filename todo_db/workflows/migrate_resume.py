"""What a broken attempt at a revision left half done: no drift, and not in the next attempt's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todo_db.apply import leftovers
from todo_db.compare import EXISTENCE
from todo_db.objects.index import Index
from todo_db.schema import Key, Schema, display

if TYPE_CHECKING:
    from todo_db.apply.upgrade import Session
    from todo_db.sources.history import Revision
    from todo_db.workflows.migrate import Run


@dataclass(frozen=True, slots=True)
class HalfDone:
    """keys: objects of the first pending revision that may be there in part. built: its finished indexes."""

    keys: frozenset[Key] = frozenset()
    built: tuple[Index, ...] = ()


def look(
    run: Run, session: Session, stamps: Sequence[str], waiting: Sequence[Revision], live: Schema
) -> HalfDone:
    """What an earlier attempt left; only a revision that commits parts of itself can leave anything."""
    first = waiting[0]
    if not leftovers.leaves_its_transaction(first):
        return HalfDone()
    broken = leftovers.invalid(session.connection, first)
    invalid = {Key("index", display(schema, table, index)) for schema, index, table in broken}
    if not session.was_begun(first):
        return HalfDone(frozenset(invalid))
    from todo_db.workflows.migrate import replayed
    from todo_db.workflows.sides import hold

    now = [*(s for s in stamps if s not in first.parents), first.id]
    before, after = replayed(run, list(stamps)), replayed(run, now)
    comparison, _ = hold(run.ws, [before.with_side("before"), after.with_side("after")])
    made = [d.key for d in comparison.differences if d.fact == EXISTENCE and d.key in after.objects]
    there = [live.objects[k] for k in made if k in live.objects and k not in invalid]
    touched = {d.key for d in comparison.differences}
    return HalfDone(frozenset(invalid | touched), tuple(o for o in there if isinstance(o, Index)))


def clear(session: Session, found: HalfDone, first: Revision) -> None:
    """Drop the indexes that an attempt finished before it broke: their names would be found taken."""
    for index in found.built:
        session.say(f"index {index.name} comes from a broken attempt at {first.id}; it is built anew")
        leftovers.drop(session.connection, index.schema, index.name)
