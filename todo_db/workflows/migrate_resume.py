"""What a broken attempt at a revision left half done: no drift, and not in the next attempt's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from todo_db.apply import leftovers
from todo_db.compare import EXISTENCE
from todo_db.objects.index import Index
from todo_db.schema import Key, Schema, display

if TYPE_CHECKING:
    from todo_db.apply.upgrade import Session
    from todo_db.sources.history import Revision
    from todo_db.workflows.migrate import Run


def half_done(
    run: Run, session: Session, stamps: Sequence[str], waiting: Sequence[Revision], live: Schema
) -> frozenset[Key]:
    """The objects of the first pending revision that may be there in part.

    Only a revision that commits parts of itself can leave any. An index that an earlier attempt finished
    without getting as far as the stamp is dropped, since the revision would find its name taken.
    """
    first = waiting[0]
    if not leftovers.leaves_its_transaction(first):
        return frozenset()
    invalid = leftovers.invalid(session.connection, first)
    found = {Key("index", display(schema, table, index)) for schema, index, table in invalid}
    if not session.was_begun(first):
        return frozenset(found)
    from todo_db.workflows.migrate import replayed
    from todo_db.workflows.sides import hold

    now = [*(s for s in stamps if s not in first.parents), first.id]
    before, after = replayed(run, list(stamps)), replayed(run, now)
    comparison, _ = hold(run.ws, [before.with_side("before"), after.with_side("after")])
    for difference in comparison.differences:
        key, index = difference.key, live.objects.get(difference.key)
        is_made = difference.fact == EXISTENCE and key in after.objects
        if isinstance(index, Index) and is_made and key not in found:
            run.ws.say(f"index {index.name} comes from a broken attempt at {first.id}; it is built anew")
            leftovers.drop(session.connection, index.schema, index.name)
        found.add(key)
    return frozenset(found)
