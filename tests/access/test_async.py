"""Async user sessions keep what the sync ones promise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlmodel import select

from tests.access.conftest import Shared
from tests.access.world import OWNERSHIPS, Comment, Tag, Task
from todo_db.access import AccessError, ForeignRowError, NotFoundError, UnscopedError

pytest.importorskip("greenlet")
from sqlalchemy.ext.asyncio import create_async_engine

from todo_db.access.async_session import AsyncRepository, AsyncUserSession, AsyncUserSessions
from todo_db.access.session import async_session_factory, async_user_transaction, get_async_session


def run(shared: Shared, work: Callable[[AsyncUserSessions], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        engine = create_async_engine(shared.url)
        try:
            return await work(AsyncUserSessions(engine, OWNERSHIPS))
        finally:
            await engine.dispose()

    return asyncio.run(main())


def test_reading(shared: Shared) -> None:
    async def work(sessions: AsyncUserSessions) -> Any:
        async with sessions("alice") as session:
            return (
                (await session.exec(select(Task.title).order_by(Task.id))).all(),
                await session.get(Task, 2),
                [c async for c in await session.stream_scalars(select(Comment.body))],
                await (await session.get(Task, 1)).awaitable_attrs.comments
                if hasattr(Task, "awaitable_attrs")
                else None,
            )

    titles, foreign, comments, _ = run(shared, work)
    assert (titles, foreign, comments) == (["a1", "a2"], None, ["on a1"])


@pytest.mark.parametrize(
    "attack",
    [
        lambda s: s.exec(text("select title from tasks")),
        lambda s: s.connection(),
        lambda s: s.merge(Task(id=2, title="x", user_id="alice")),
        lambda s: s.raw("select set_config('app.user_id', 'bob', true)", reason="x"),
        lambda s: s.run_sync(lambda inner: inner.connection()),
        lambda s: s.exec(insert(Task), params=[{"title": "x", "user_id": "bob"}]),
        lambda s: s.exec(insert(Comment), params=[{"body": "x", "task_id": 2}]),
        lambda s: s.exec(update(Task).values(user_id="bob")),
    ],
)
def test_refused(shared: Shared, attack: Callable[[AsyncUserSession], Any]) -> None:
    async def work(sessions: AsyncUserSessions) -> None:
        async with sessions("alice") as session:
            try:
                await attack(session)
            finally:
                await session.rollback()

    with pytest.raises(AccessError):
        run(shared, work)


def test_get_transaction_is_refused(shared: Shared) -> None:
    async def work(sessions: AsyncUserSessions) -> None:
        async with sessions("alice") as session:
            session.get_transaction()

    with pytest.raises(UnscopedError):
        run(shared, work)


def test_writing(shared: Shared) -> None:
    async def work(sessions: AsyncUserSessions) -> Any:
        async with sessions("alice") as session:
            await session.exec(update(Task).values(title="mine"))
            await session.exec(delete(Comment))
            await session.commit()
        async with sessions("bob") as session:
            return (
                (await session.exec(select(Task.title).order_by(Task.id))).all(),
                (await session.exec(select(Comment.body))).all(),
            )

    assert run(shared, work) == (["b1", "b2"], ["on b1"])


def test_repository(shared: Shared) -> None:
    async def work(sessions: AsyncUserSessions) -> None:
        async with sessions("alice") as session:
            tasks = AsyncRepository(session, Task)
            made = await tasks.create(title="new")
            assert (await tasks.get(made.id)).user_id == "alice"
            assert (await tasks.update(made.id, title="newer")).title == "newer"
            page = await tasks.page(order="-title", limit=2)
            assert [t.title for t in page.items] == ["newer", "a2"]
            assert [t.title for t in (await tasks.page(order="-title", after=page.next)).items] == ["a1"]
            assert await tasks.count() == 3
            assert await tasks.update_where(title="a1", values={"done": True}) == 1
            await tasks.create_many([{"title": "x"}])
            await tasks.purge(made.id)
            await tasks.delete(1)
            assert await tasks.delete_where(title="x") == 1
            assert await tasks.find(2) is None
            with pytest.raises(NotFoundError):
                await tasks.delete(2)
            with pytest.raises(ForeignRowError):
                await tasks.create(title="x", user_id="bob")

    run(shared, work)


def test_many_users_at_once_on_few_connections(shared: Shared) -> None:
    """Tasks that switch at every await, on two connections: each sees its own."""

    async def work(sessions: AsyncUserSessions) -> Any:
        async def one(user: str) -> set[str]:
            found: set[str] = set()
            for _ in range(10):
                async with sessions(user) as session:
                    found |= set((await session.exec(select(Task.user_id))).all())
                    await asyncio.sleep(0)
                    found |= set((await session.exec(select(Task.user_id))).all())
                    await session.rollback()
                    found |= set((await session.exec(select(Task.user_id))).all())
            return found

        return await asyncio.gather(*(one(user) for user in ["alice", "bob"] * 5))

    assert run(shared, work) == [{"alice"}, {"bob"}] * 5


async def tasks_of_all(shared: Shared, user: str) -> set[str]:
    """What is stored now, as the user sees it."""
    engine = create_async_engine(shared.url)
    try:
        async with AsyncUserSessions(engine, OWNERSHIPS)(user) as session:
            return set((await session.exec(select(Task.title))).all())
    finally:
        await engine.dispose()


@pytest.mark.parametrize("fails", [False, True])
def test_a_request_is_one_transaction(shared: Shared, fails: bool) -> None:
    """A dependency commits when the request ends well, else it rolls back; as a framework drives it."""

    async def work(sessions: AsyncUserSessions) -> set[str]:
        dependency = async_user_transaction(sessions, "alice", organization_id="org_a")
        session = await anext(dependency)
        assert (session.user_id, session.in_transaction()) == ("alice", True)
        session.add(Task(title="of a request"))
        if fails:
            with pytest.raises(ValueError, match="a handler"):
                await dependency.athrow(ValueError("a handler"))
        else:
            with pytest.raises(StopAsyncIteration):
                await anext(dependency)
        assert not session.in_transaction()
        return await tasks_of_all(shared, "alice")

    assert ("of a request" in run(shared, work)) is not fails


@pytest.mark.parametrize("fails", [False, True])
def test_plain_sessions_are_one_transaction_too(shared: Shared, fails: bool) -> None:
    async def main() -> tuple[bool, int]:
        engine = create_async_engine(shared.url)
        factory = async_session_factory(engine)
        dependency = get_async_session(factory)()
        session = await anext(dependency)
        made = Tag(name="of a request")
        try:
            if "role" in shared.url:  # users read tags only
                await session.exec(select(Tag))
            else:
                session.add(made)
            if fails:
                with pytest.raises(ValueError, match="a handler"):
                    await dependency.athrow(ValueError("a handler"))
            else:
                with pytest.raises(StopAsyncIteration):
                    await anext(dependency)
            async with factory() as after:
                found = (await after.exec(select(Tag).where(Tag.name == "of a request"))).all()
            return made.name == "of a request", len(found)  # readable after the commit
        finally:
            await engine.dispose()

    readable, found = asyncio.run(main())
    assert readable
    assert found == (0 if fails or "role" in shared.url else 1)


def test_options_of_the_async_factory(shared: Shared) -> None:
    engine = create_async_engine(shared.url)
    assert async_session_factory(engine)().sync_session.expire_on_commit is False
    assert (
        async_session_factory(engine, expire_on_commit=True, autoflush=False)().sync_session.autoflush
        is False
    )
