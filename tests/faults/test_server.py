"""A server that is restarted, or whose disk fills up, in the middle: the next run goes on where that was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres.conftest import small_disk
from tests.support.histories import Project
from tests.support.ownserver import OwnServer, needed, own_server
from todo_db.errors import TodoDbError
from todo_db.workflows.migrate import migrate

__all__ = ["small_disk"]
pytestmark = needed
ROWS = 40
A = (
    "a",
    None,
    f"""
    op.execute("create table items (id int primary key, amount int, total int)")
    op.execute("insert into items select n, n * 7 from generate_series(1, {ROWS}) n")
    """,
)
IN_ONE = (
    "b",
    "a",
    """
    op.execute("update items set amount = amount + 1")
    op.execute("select pg_sleep(30) where current_setting('todo.slow', true) = 'b'")
    """,
)
BY_ITSELF = (
    "c",
    "b",
    """
    with op.get_context().autocommit_block():
        op.create_index("by_amount", "items", ["amount"], unique=True, postgresql_concurrently=True)
    """,
)
IN_BATCHES = (
    "d",
    "c",
    """
    from todo_db.backfill import backfill
    slow = "case when id = 25 and current_setting('todo.slow', true) = 'd' then pg_sleep(30)::text end"
    value = f"amount * 2 + length(coalesce({slow}, ''))"
    backfill(op, "items", {"total": value}, where="total is null", batch=10)
    """,
)
SUM = "select count(*), sum(id), sum(amount), sum(total) from items"
UNDER_WAY = (
    "select query from pg_stat_activity where application_name = 'todo-db migrate' and state = 'active'"
)


class Run(threading.Thread):
    """A run in a thread, and the error with which it ended."""

    def __init__(self, project: Project, own: OwnServer) -> None:
        super().__init__()
        self.ws = project.open()
        self.ws.url = own.url
        self.own = own
        self.error: TodoDbError | None = None
        self.start()

    def run(self) -> None:
        try:
            migrate(self.ws, prove=False)
        except TodoDbError as error:
            self.error = error

    def when(self, word: str) -> None:
        """Wait until a statement with this word is at work."""
        while not any(word in query for (query,) in at(self.own, UNDER_WAY)):
            assert self.is_alive(), self.error
            time.sleep(0.05)

    def said(self) -> str:
        self.join(60)
        assert self.error is not None
        return str(self.error)


@pytest.fixture
def own() -> Iterator[OwnServer]:
    with own_server() as server:
        yield server


def at(own: OwnServer, query: str) -> list[tuple[Any, ...]]:
    with own.connect() as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def outcomes(own: OwnServer) -> list[tuple[Any, ...]]:
    return at(own, "select revision, outcome from todo_db_ledger order by started")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_in_the_middle(project: Project, own: OwnServer, mode: str) -> None:
    """Within a transaction, of an index made CONCURRENTLY, and between the batches of a backfill."""
    project.history(A, IN_ONE, BY_ITSELF, IN_BATCHES)
    said = {}
    for name, word in (("b", "pg_sleep"), ("c", "CREATE UNIQUE INDEX"), ("d", "pg_sleep")):
        at(own, f"alter role postgres set todo.slow = '{name}'")
        with psycopg.connect(own.url) as other:
            if name == "c":  # it waits for a transaction that is older than it is
                other.execute("lock table items in row exclusive mode")
            run = Run(project, own)
            run.when(word)
            own.ctl("restart", "-m", mode)
            said[name] = run.said()
            other.close()
    assert "nothing of it is left; the database is at a" in said["b"]
    assert "which may have been carried out; the database is at b" in said["c"]
    assert "which may have been carried out; the database is at c" in said["d"]
    assert at(own, "select count(*) from items where total is not null") == [(20,)]
    at(own, "alter role postgres set todo.slow = ''")
    ws = project.open()
    ws.url = own.url
    migrate(ws, prove=False)
    amount = 7 * ROWS * (ROWS + 1) // 2 + ROWS
    assert at(own, SUM) == [(ROWS, ROWS * (ROWS + 1) // 2, amount, 2 * amount)]
    assert at(own, "select indisvalid from pg_index where indexrelid = 'by_amount'::regclass") == [(True,)]
    ends = outcomes(own)
    assert [e for n, e in ends if n == "a"] == ["applied"]
    assert {(n, end) for n in "bcd" for end in ("failed", "applied")} <= set(ends)


GROW = """
op.execute("create table big (a text)")
op.execute("insert into big select repeat(md5(n::text), 30) from generate_series(1, 15000) n")
"""


@pytest.mark.parametrize("of", ["data", "log"])
def test_the_disk_is_full(project: Project, small_disk: Callable[[int], Path], of: str) -> None:
    """Where the write-ahead log finds no room the server itself goes down; with room again all is well."""
    disk = small_disk(40)
    OwnServer.give(disk)
    with own_server(wal=disk / "wal" if of == "log" else None) as own:
        if of == "data":
            at(own, f"create tablespace small location '{disk}'")
            at(own, "alter role postgres set default_tablespace = 'small'")
        project.history(A, ("b", "a", GROW))
        ws = project.open()
        ws.url = own.url
        migrate(ws, to="a", prove=False)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(32 << 20))
        said = Run(project, own).said()
        assert (
            "No space left on device" if of == "data" else "the connection was lost during revision b"
        ) in said, said
        ballast.unlink()
        own.ctl("restart", "-m", "immediate")
        assert at(own, "select version_num, to_regclass('big') from alembic_version") == [("a", None)]
        ws = project.open()
        ws.url = own.url
        migrate(ws, prove=False)
        assert at(own, "select count(*) from big") == [(15000,)]
        assert outcomes(own)[-1] == ("b", "applied")
