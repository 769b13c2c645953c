"""Fixtures that give tests a real PostgreSQL: a scratch server per process, a fresh database per test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from todo_db.postgres import binaries
from todo_db.postgres.scratch import Scratch

PG15 = Path("/usr/lib/postgresql/15/bin")
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="session")
def server() -> Iterator[Scratch]:
    """A scratch server that all tests of this process share."""
    with Scratch() as scratch:
        yield scratch


@pytest.fixture
def make_db(server: Scratch) -> Iterator[Callable[[str], Connection]]:
    """A function that gives a connection to a new database, as the scratch role; dropped after the test."""
    made: list[Connection] = []

    def make(label: str = "test") -> Connection:
        made.append(server.database(label))
        return made[-1]

    yield make
    for connection in made:
        server.drop(connection)


@pytest.fixture
def db(make_db: Callable[[str], Connection]) -> Connection:
    """A connection to a new database, as the scratch role."""
    return make_db("test")


@pytest.fixture(scope="session")
def pg15() -> Iterator[Scratch]:
    """A scratch server of PostgreSQL 15, where the system has one installed."""
    if not (PG15 / "initdb").exists():
        pytest.skip("PostgreSQL 15 is not installed in /usr/lib/postgresql/15")
    programs = binaries.find({**os.environ, "TODO_DB_PG_BIN": str(PG15)})
    with Scratch(programs=programs) as scratch:
        yield scratch
