"""Transactions are tried again after serialization failures and deadlocks, and after nothing else."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from tests.access.conftest import Shared
from tests.access.world import OWNERSHIPS, Task
from todo_db.access import UserSession, UserSessions, in_async_transaction, in_transaction


def test_two_that_collide_both_succeed(shared: Shared) -> None:
    """Two serializable transactions read a row and add one: without a retry one would fail."""
    engine = create_engine(shared.url)
    sessions = UserSessions(engine, OWNERSHIPS, isolation_level="SERIALIZABLE")
    barrier, runs = threading.Barrier(2), []

    def add_one(session: UserSession) -> None:
        task = session.exec(select(Task).where(Task.id == 1)).one()
        runs.append(1)
        if len(runs) <= 2:
            barrier.wait(10)
        task.position = (task.position or 0) + 1

    workers = [
        threading.Thread(target=in_transaction, args=(lambda: sessions("alice"), add_one)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(runs) == 3
    with sessions("alice") as session:
        assert session.get_one(Task, 1).position == 2
    engine.dispose()


def test_what_raises_is_rolled_back_and_not_repeated(sessions: UserSessions) -> None:
    runs = []

    def work(session: UserSession) -> None:
        runs.append(1)
        session.add(Task(title="lost"))
        session.flush()
        session.add(Task(id=1, title="again"))

    with pytest.raises(IntegrityError):
        in_transaction(lambda: sessions("alice"), work)
    assert len(runs) == 1
    with sessions("alice") as session:
        assert "lost" not in session.exec(select(Task.title)).all()


class _Failing:
    sqlstate = "40P01"


def test_giving_up_after_so_many_attempts(sessions: UserSessions) -> None:
    runs = []

    def work(session: UserSession) -> None:
        runs.append(1)
        raise DBAPIError("select 1", {}, _Failing())  # type: ignore[arg-type]

    with pytest.raises(DBAPIError):
        in_transaction(lambda: sessions("alice"), work, attempts=3)
    assert len(runs) == 3
    with pytest.raises(ValueError, match="at least 1"):
        in_transaction(lambda: sessions("alice"), work, attempts=0)


def test_async(shared: Shared) -> None:
    pytest.importorskip("greenlet")
    from sqlalchemy.ext.asyncio import create_async_engine

    from todo_db.access.async_session import AsyncUserSessions

    runs = []

    async def main() -> Any:
        engine = create_async_engine(shared.url)
        sessions = AsyncUserSessions(engine, OWNERSHIPS)

        async def work(session: Any) -> int:
            runs.append(1)
            if len(runs) < 3:
                raise DBAPIError("select 1", {}, _Failing())  # type: ignore[arg-type]
            return len((await session.exec(select(Task))).all())

        try:
            return await in_async_transaction(lambda: sessions("alice"), work)
        finally:
            await engine.dispose()

    assert asyncio.run(main()) == 2
    assert len(runs) == 3
