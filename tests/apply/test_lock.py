"""One run at a time; the others wait, say so, and give up in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from todo_db.apply import lock
from todo_db.errors import ApplyError
from todo_db.postgres.scratch import Scratch

Connect = Callable[[], psycopg.Connection[Any]]


@pytest.fixture
def connect(server: Scratch, make_db: Callable[[str], Any]) -> Any:
    """Further sessions on one database."""
    conninfo = server.conninfo(make_db("lock"))
    opened: list[psycopg.Connection[Any]] = []

    def make() -> psycopg.Connection[Any]:
        opened.append(psycopg.connect(conninfo))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def silent(_: str) -> None:
    pass


def test_it_is_held_within_and_free_afterwards(connect: Connect) -> None:
    one, two = connect(), connect()
    with lock.held(one, silent) as waited:
        assert not waited
        assert lock.is_held(one)
        assert not lock.is_held(two)
    assert not lock.is_held(one)
    with lock.held(two, silent):
        pass


def test_no_transaction_is_left_open_while_it_is_held_or_waited_for(connect: Connect) -> None:
    one = connect()
    with lock.held(one, silent):
        assert one.info.transaction_status is psycopg.pq.TransactionStatus.IDLE


def test_who_waits_says_for_whom_and_goes_on_afterwards(connect: Connect) -> None:
    one, two = connect(), connect()
    said: list[str] = []
    order: list[str] = []

    def second() -> None:
        with lock.held(two, said.append) as waited:
            order.append(f"second, waited: {waited}")

    with lock.held(one, silent):
        thread = threading.Thread(target=second)
        thread.start()
        while not said:
            time.sleep(0.01)
        order.append("first")
    thread.join()
    assert order == ["first", "second, waited: True"]
    assert len(said) == 1
    assert f"pid {one.info.backend_pid}" in said[0]


def test_after_its_time_it_gives_up_and_says_who_has_it(connect: Connect) -> None:
    one, two = connect(), connect()
    with lock.held(one, silent), pytest.raises(ApplyError) as error, lock.held(two, silent, wait=0.1):
        pass
    assert "nothing was changed" in error.value.what
    assert f"pid {one.info.backend_pid}" in (error.value.where or "")
    assert error.value.exit_code == 4


def test_who_waits_holds_no_snapshot(connect: Connect) -> None:
    """CREATE INDEX CONCURRENTLY waits for every snapshot: one of a waiting run would stop it forever."""
    one, two = connect(), connect()
    one.execute("create table t (a int)")
    one.commit()
    stop = threading.Event()

    def waiting() -> None:
        with pytest.raises(ApplyError), lock.held(two, lambda _: stop.set(), wait=2):
            pass

    with lock.held(one, silent):
        thread = threading.Thread(target=waiting)
        thread.start()
        stop.wait(5)
        one.autocommit = True
        one.execute("set statement_timeout = '1s'")
        one.execute("create index concurrently on t (a)")
        thread.join()


def test_a_session_that_died_is_not_in_the_way(connect: Connect) -> None:
    one, two = connect(), connect()
    with lock.held(one, silent):
        two.execute("select pg_terminate_backend(%s)", (one.info.backend_pid,))
        two.commit()
        with lock.held(two, silent, wait=5):
            pass
