"""The proxy counts what it is meant to count."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.support.proxy import Proxy
from todo_db.postgres.scratch import Scratch


@pytest.fixture
def proxy(server: Scratch, db: psycopg.Connection) -> Iterator[Proxy]:
    with Proxy(f"{db.info.host}/.s.PGSQL.{db.info.port}", delay=0.005) as running:
        yield running


def connect(proxy: Proxy, db: psycopg.Connection) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=proxy.port, user=db.info.user, dbname=db.info.dbname, autocommit=True
    )


def test_each_statement_is_a_round_trip(proxy: Proxy, db: psycopg.Connection) -> None:
    with connect(proxy, db) as c:
        proxy.reset()
        for n in range(3):
            c.execute("select %s::int", [n])
    assert proxy.round_trips == 3
    assert proxy.statements == ["select $1::int"] * 3


def test_a_pipeline_is_one_round_trip(proxy: Proxy, db: psycopg.Connection) -> None:
    with connect(proxy, db) as c:
        proxy.reset()
        with c.pipeline():
            for n in range(20):
                c.execute("select %s::int", [n])
    assert proxy.round_trips == 1
    assert len(proxy.statements) == 20


def test_delay_is_paid_per_round_trip(proxy: Proxy, db: psycopg.Connection) -> None:
    with connect(proxy, db) as c:
        proxy.delay = 0.05
        start = time.perf_counter()
        c.execute("select 1")
        c.execute("select 1")
        assert time.perf_counter() - start >= 0.1


def test_cut_breaks_connections(proxy: Proxy, db: psycopg.Connection) -> None:
    with connect(proxy, db) as c:
        proxy.cut()
        with pytest.raises(psycopg.OperationalError):
            c.execute("select 1")
