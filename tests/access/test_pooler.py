"""Through PgBouncer in transaction mode, with one server connection for everybody, users stay apart."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, text
from sqlmodel import select

from tests.access.conftest import ROLE, Shared
from tests.access.world import OWNERSHIPS, Comment, Task
from todo_db.access import UserSessions, make_async_engine, make_engine
from todo_db.postgres.scratch import Scratch
from todo_db.postgres.urls import sqlalchemy_url

PGBOUNCER = os.environ.get("TODO_DB_TEST_PGBOUNCER") or shutil.which(
    "pgbouncer", path="/usr/sbin:" + os.environ["PATH"]
)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def pooler(server: Scratch, shared: Shared, tmp_path: Path) -> Iterator[str]:
    """The URL of the shared database through a PgBouncer that has two connections to it."""
    if not PGBOUNCER:
        pytest.skip("there is no pgbouncer (apt-get install pgbouncer)")
    facts = conninfo_to_dict(server.conninfo(shared.connection))
    port = free_port()
    server_port, user = facts.get("port", 5432), facts["user"]
    role = f"connect_query='SET ROLE {ROLE}'" if "role" in shared.url else ""
    for parent in tmp_path.parents:  # pytest keeps them to itself, and nobody must read the file
        if parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(0o755)
    (tmp_path / "ini").write_text(
        f"""[databases]
world = host={facts["host"]} port={server_port} dbname={facts["dbname"]} user={user} {role}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = extra_float_digits
logfile = {tmp_path / "log"}
"""
    )
    nobody = ["-u", "nobody"] if os.getuid() == 0 else []
    tmp_path.chmod(0o777)
    process = subprocess.Popen([PGBOUNCER, "-q", *nobody, str(tmp_path / "ini")])
    url = sqlalchemy_url(make_conninfo("", host="127.0.0.1", port=port, dbname="world", user="anybody"))
    for _ in range(200):  # it is starting
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    try:
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def engine(pooler: str) -> Iterator[Engine]:
    made = make_engine(pooler, pooled=True, pool_size=8)
    yield made
    made.dispose()


def test_users_stay_apart_through_a_transaction_pooler(engine: Engine) -> None:
    sessions = UserSessions(engine, OWNERSHIPS)

    def work(user: str) -> set[str]:
        found: set[str] = set()
        for _ in range(30):
            with sessions(user) as session:
                found |= {t.user_id for t in session.exec(select(Task))}
                assert len(session.exec(select(Comment)).all()) == 1
                session.rollback()
                session.add(Task(title="x"))
                session.flush()
                found |= set(session.exec(select(Task.user_id)).all())
                session.rollback()
        return found

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, ["alice", "bob"] * 4)) == [{"alice"}, {"bob"}] * 4


def test_async_users_stay_apart_through_a_transaction_pooler(pooler: str) -> None:
    pytest.importorskip("greenlet")
    from todo_db.access.async_session import AsyncUserSessions

    async def main() -> list[set[str]]:
        engine = make_async_engine(pooler, pooled=True, pool_size=8)
        sessions = AsyncUserSessions(engine, OWNERSHIPS)

        async def work(user: str) -> set[str]:
            found: set[str] = set()
            for _ in range(15):
                async with sessions(user) as session:
                    found |= {t.user_id for t in await session.exec(select(Task))}
                    await session.rollback()
                    session.add(Task(title="x"))
                    await session.flush()
                    found |= set((await session.exec(select(Task.user_id))).all())
                    await session.rollback()
            return found

        try:
            return await asyncio.gather(*(work(user) for user in ["alice", "bob"] * 4))
        finally:
            await engine.dispose()

    assert asyncio.run(main()) == [{"alice"}, {"bob"}] * 4


def test_nothing_of_a_user_stays_on_a_pooled_connection(engine: Engine) -> None:
    with UserSessions(engine, OWNERSHIPS)("bob") as session:
        session.exec(select(Task)).all()
        session.commit()
    with ThreadPoolExecutor(4) as pool:

        def setting(_: int) -> str | None:
            with engine.connect() as connection:
                return connection.scalar(text("select nullif(current_setting('app.user_id', true), '')"))

        assert set(pool.map(setting, range(8))) == {None}
