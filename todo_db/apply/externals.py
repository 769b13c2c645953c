"""Tables that somebody else has to make: they have to be there before anything is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from todo_db.apply import beside
from todo_db.errors import ApplyError, TodoDbError
from todo_db.schema import Key, Schema
from todo_db.sources.externals import External, externals
from todo_db.sources.replay import make_stand_in

if TYPE_CHECKING:
    from todo_db.apply.upgrade import Session
    from todo_db.sources.workspace import Workspace


def known(ws: Workspace) -> frozenset[Key]:
    """The external tables of spec and models; none where these cannot be read."""
    try:
        return frozenset(externals(ws.whole))
    except TodoDbError:
        return frozenset()


def prepare(ws: Workspace, session: Session, live: Schema, goal: Schema | None) -> bool:
    """See that every external table is there; on the embedded server make a stand-in for one that is not.

    goal: what the history builds, with the stand-ins that it needed. A table that the history makes itself
    is not waited for. Gives whether something was made. Raises ApplyError where one is missing elsewhere.
    """
    try:
        relied_on = externals(ws.whole)
    except TodoDbError as error:
        ws.say(f"note: which tables others have to make is not known: {error.what}")
        return False
    missing = [e for key, e in relied_on.items() if key not in live.objects and not _is_made(key, goal)]
    if missing and ws.settings.tenant is not None:  # they lie in schemas that were not read
        there = beside.known(session, ((e.schema, e.name) for e in missing))
        missing = [e for e in missing if (e.schema, e.name) not in there]
    if not missing:
        return False
    if not session.target.embedded:
        raise _missing(ws, missing)
    for external in missing:
        made_by = external.manager or "somebody else"
        ws.say(
            f"{external.name} is managed by {made_by}; on the embedded server a stand-in is made, "
            "with the columns that the spec relies on"
        )
        make_stand_in(session.connection, external)
    return True


def _is_made(key: Key, goal: Schema | None) -> bool:
    return goal is not None and key in goal.objects and key not in goal.external


def _missing(ws: Workspace, missing: list[External]) -> ApplyError:
    said = ", ".join(f"{e.name} (managed by {e.manager or 'somebody else'})" for e in missing)
    managers = sorted({e.manager for e in missing if e.manager})
    who = " and ".join(managers) or "whoever manages them"
    return ApplyError(
        f"the database lacks what the spec relies on: {said}; nothing was changed",
        where=ws.migrate_target.shown,
        hint=f"{who} has to make this first: run its own migration, then `todo-db migrate` again; "
        "see `todo-db explain TD507`",
    )
