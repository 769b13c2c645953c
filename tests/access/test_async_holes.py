"""The same ways to another user's rows with asyncio: what an async session offers, and what is within."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import column, delete, func, insert, select, table, text, true, union_all, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError, NoResultFound
from sqlalchemy.orm import make_transient_to_detached, selectinload
from sqlalchemy.orm.exc import StaleDataError

from tests.access.conftest import Shared, refill
from tests.access.test_holes import (
    _B,
    ODD,
    OWNED,
    READS,
    REFUSED,
    TASKS,
    WRITES,
    cte,
    snapshot,
    t,
    u,
    visible,
)
from tests.access.world import OWNERSHIPS, Comment, Task
from todo_db.access import AccessError, UnscopedError
from todo_db.errors import TodoDbError

pytest.importorskip("greenlet")
from sqlalchemy.ext.asyncio import create_async_engine

from todo_db.access.async_session import AsyncUserSession, AsyncUserSessions

Attack = Callable[[AsyncUserSession], Awaitable[Any]]
_STOPPED = (TodoDbError, NoResultFound, InvalidRequestError, StaleDataError, IntegrityError)


def rows(statement: Any) -> Attack:
    async def attack(s: AsyncUserSession) -> Any:
        return (await s.exec(statement)).all()

    return attack


def run(statement: Any, parameters: Any = None) -> Attack:
    async def attack(s: AsyncUserSession) -> Any:
        await s.exec(statement, params=parameters)

    return attack


async def streamed(s: AsyncUserSession) -> Any:
    return [row async for row in await s.stream(select(Task.title, Task.user_id))]


async def got_through_the_identity_map(s: AsyncUserSession) -> Any:
    foreign = Task(id=2, title="b1", user_id="bob")
    make_transient_to_detached(foreign)
    s.add(foreign)
    return await s.get(Task, 2)


async def refreshed(s: AsyncUserSession) -> Any:
    mine = await s.get(Task, 1)
    mine.id = 2
    with s.no_autoflush:
        await s.refresh(mine)
    return mine.title


async def deleted(s: AsyncUserSession) -> Any:
    foreign = Task(id=2, title="stolen", user_id="alice")
    make_transient_to_detached(foreign)
    await s.delete(foreign)
    await s.flush()


async def given_away(s: AsyncUserSession) -> Any:
    (await s.get(Task, 1)).user_id = "bob"
    await s.flush()


async def moved(s: AsyncUserSession) -> Any:
    (await s.get(Comment, 1)).task_id = 2
    await s.flush()


async def loaded_on_a_new_parent(s: AsyncUserSession) -> Any:
    made = Comment(task_id=2, body="mine")
    s.sync_session.enable_relationship_loading(made)
    return await s.run_sync(lambda _: made.task)


async def added(s: AsyncUserSession) -> Any:
    s.add(Task(title="x", user_id="bob"))
    await s.flush()


async def run_on_the_connection(s: AsyncUserSession) -> Any:
    return (await (await s.connection()).execute(text("select title from tasks"))).all()


async def loaded_together(s: AsyncUserSession) -> Any:
    return [x.comments for (x,) in await s.exec(select(Task).options(selectinload(Task.comments)))]


MEASURED: dict[str, Attack] = {
    "core select": rows(select(TASKS)),
    "lightweight table": rows(select(table("tasks", column("title")))),
    "core update": run(TASKS.update().values(title="pwned")),
    "core delete": run(TASKS.delete().where(TASKS.c.id == 2)),
    "text": rows(text("select title from tasks")),
    "connection": run_on_the_connection,
    "identity map": got_through_the_identity_map,
    "refresh": refreshed,
    "delete of an object": deleted,
    "lazy load on a new parent": loaded_on_a_new_parent,
    "loaded together": loaded_together,
    "bulk update": run(update(Task).values(title="pwned")),
    "bulk update by key": run(update(Task), [{"id": 2, "title": "pwned"}]),
    "bulk delete": run(delete(Task).where(Task.id != 0)),
    "insert another's": added,
    "bulk insert of another's": run(insert(Task), [{"title": "x", "user_id": "bob"}]),
    "give away": given_away,
    "give away by bulk": run(update(Task).where(Task.id == 1).values(user_id="bob")),
    "move a child": moved,
    "alias": rows(select(t)),
    "join": rows(select(t.title, u.title).join(u, true())),
    "outer join": rows(select(Task.title, Comment.body).outerjoin(Comment, true())),
    "subquery": rows(select(select(Task).subquery())),
    "cte": rows(select(cte)),
    "union": rows(union_all(select(Task.title), select(Comment.body))),
    "aggregate": rows(select(func.string_agg(Task.title, "literal"))),
    "stream": streamed,
    "merge": lambda s: s.merge(Task(id=2, title="stolen", user_id="alice")),
}
SAID = ("text", "connection", "identity map", "delete of an object", "merge")


def attacked(
    shared: Shared, attacks: dict[str, Attack], between: Callable[[], None] | None = None
) -> dict[str, BaseException | str]:
    """What each attack showed, or how it was stopped; each in a session of its own on one engine.

    between: called after each, so that none meets what the one before it left.
    """

    async def main() -> dict[str, BaseException | str]:
        engine = create_async_engine(shared.url)
        sessions = AsyncUserSessions(engine, OWNERSHIPS)
        found: dict[str, BaseException | str] = {}
        try:
            for name, attack in attacks.items():
                async with sessions("alice", organization_id="org_a") as session:
                    try:
                        found[name] = visible(await attack(session))
                        await session.commit()
                    except _STOPPED as error:
                        found[name] = error
                        await session.rollback()
                if between is not None:
                    between()
        finally:
            await engine.dispose()
        return found

    return asyncio.run(main())


def bobs(shared: Shared) -> Any:
    connection = shared.owner.raw_connection()
    try:
        cursor = connection.cursor()
        for name in OWNED:
            cursor.execute(f"alter table {name} no force row level security")
        return snapshot(cursor)
    finally:
        connection.rollback()
        connection.close()


def within(attacks: dict[str, Callable[[Any], Any]]) -> dict[str, Attack]:
    """The attacks on sync sessions, on the one within an async session, as `run_sync` gives it."""

    def one(attack: Callable[[Any], Any]) -> Attack:
        return lambda session: session.run_sync(lambda inner: visible(attack(inner)))

    return {name: one(attack) for name, attack in attacks.items()}


@pytest.mark.parametrize(
    "attacks",
    [MEASURED, within(READS), within(WRITES), within(ODD)],
    ids=["measured", "reads", "writes", "odd"],
)
def test_nothing_crosses(shared: Shared, attacks: dict[str, Attack]) -> None:
    before = bobs(shared)
    changed: list[Any] = []

    def between() -> None:
        if (after := bobs(shared)) != before:
            changed.append(after)
        refill(shared)

    found = attacked(shared, attacks, between if attacks.keys() & {"bulk update"} else None)
    shown = {name: said for name, said in found.items() if isinstance(said, str) and _B.search(said)}
    assert not shown
    assert not changed
    assert bobs(shared) == before


def test_what_is_ones_own_is_reached(shared: Shared) -> None:
    """So that nothing above is stopped for another reason."""
    found = attacked(shared, MEASURED, lambda: refill(shared))
    assert "a1" in str(found["core select"])
    assert "on a1" in str(found["join"]) + str(found["union"])
    assert isinstance(found["bulk update"], str)


def test_refused_with_the_safe_call(shared: Shared) -> None:
    before = bobs(shared)
    found = attacked(shared, {**within(REFUSED), **{name: MEASURED[name] for name in SAID}})
    wrong = {
        n: said
        for n, said in found.items()
        if not isinstance(said, AccessError) or not isinstance(said, UnscopedError) or not said.hint
    }
    assert not wrong
    assert bobs(shared) == before
