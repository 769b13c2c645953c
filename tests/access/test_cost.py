"""What scoping costs: no round trip more than the plain statement, and an index with 300,000 rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, create_engine, make_url, text
from sqlmodel import Session, select

from tests.access.conftest import Shared
from tests.access.world import OWNERSHIPS, Comment, Task
from tests.support.proxy import Proxy
from todo_db.access import UserSessions
from todo_db.postgres.scratch import Scratch


@pytest.fixture
def proxied(server: Scratch, shared: Shared) -> Iterator[tuple[Proxy, str]]:
    facts = conninfo_to_dict(server.conninfo(shared.connection))
    with Proxy(f"{facts['host']}/.s.PGSQL.{facts.get('port', 5432)}") as proxy:
        url = make_url(shared.url)
        query = {k: v for k, v in url.query.items() if k not in ("host", "port")}
        url = url.set(host="127.0.0.1", port=proxy.port, query=query)
        yield (
            proxy,
            url.render_as_string(hide_password=False).replace("+", "%20").replace("%20psycopg", "+psycopg"),
        )


def count(proxy: Proxy, work: Callable[[], Any]) -> int:
    for _ in range(7):  # connect, compile, prepare
        work()
    proxy.reset()
    work()
    return int(proxy.round_trips)


def test_no_round_trip_more_than_plain_sessions(proxied: tuple[Proxy, str]) -> None:
    proxy, url = proxied
    engine = create_engine(url)
    sessions = UserSessions(engine, OWNERSHIPS)

    def plain_read() -> None:
        with Session(engine) as session, session.begin():
            session.exec(select(Task).where(Task.user_id == "alice")).all()

    def scoped_read() -> None:
        with sessions("alice") as session, session.begin():
            assert session.exec(select(Task)).all()

    def plain_write() -> None:
        with Session(engine) as session, session.begin():
            session.connection().execute(text("select set_config('app.user_id', 'alice', true)"))
            session.add(Task(title="x", user_id="alice"))

    def scoped_write() -> None:
        with sessions("alice") as session, session.begin():
            session.add(Task(title="x"))

    assert count(proxy, scoped_read) == count(proxy, plain_read) == 3
    assert count(proxy, scoped_write) == 3
    assert count(proxy, plain_write) == 4
    engine.dispose()


def test_no_round_trip_more_with_asyncio(proxied: tuple[Proxy, str]) -> None:
    pytest.importorskip("greenlet")
    from sqlalchemy.ext.asyncio import create_async_engine

    from todo_db.access.async_session import AsyncUserSessions

    proxy, url = proxied

    async def main() -> int:
        engine = create_async_engine(url)
        sessions = AsyncUserSessions(engine, OWNERSHIPS)
        for _ in range(8):
            proxy.reset()
            async with sessions("alice") as session, session.begin():
                assert (await session.exec(select(Task))).all()
        await engine.dispose()
        return int(proxy.round_trips)

    assert asyncio.run(main()) <= 4  # three, and the end of the connection


@pytest.fixture
def large(shared: Shared) -> Iterator[Engine]:
    """300,000 tasks of 3,000 users, each with a comment."""
    with shared.owner.begin() as connection:
        for name in ("tasks", "comments"):
            connection.execute(text(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"))
        connection.execute(
            text(
                "INSERT INTO tasks (user_id, title, done) "
                "SELECT 'u' || g % 3000, 't', false FROM generate_series(1, 300000) g"
            )
        )
        connection.execute(
            text("INSERT INTO comments (task_id, body) SELECT id, 'c' FROM tasks WHERE id > 1000")
        )
        if "role" in shared.url:
            for name in ("tasks", "comments"):
                connection.execute(text(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"))
    with shared.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE tasks, comments"))
    engine = create_engine(shared.url)
    yield engine
    engine.dispose()


def test_an_index_serves_with_300_000_rows(large: Engine, shared: Shared) -> None:
    plans: list[str] = []
    sessions = UserSessions(large, OWNERSHIPS)
    with sessions("u7") as session:
        assert len(session.exec(select(Task)).all()) == 100
        for statement in (select(Task), select(Comment), select(Comment).where(Comment.task_id == 5000)):
            compiled = statement.compile(dialect=sessions.engine.dialect)
            with session.scope.allowing_raw():
                connection = session._connection_for_bind(session.get_bind())
                rows = connection.exec_driver_sql(f"EXPLAIN {compiled}", dict(compiled.params))
                plans.append("\n".join(row[0] for row in rows))
    for plan in plans:
        assert "Index" in plan
        assert "Seq Scan" not in plan, plan
