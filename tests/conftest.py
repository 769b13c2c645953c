"""Fixtures that give tests a real PostgreSQL: a scratch server per process, a fresh database per test."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from todo_db.postgres import binaries
from todo_db.postgres.scratch import Scratch

PG15 = Path("/usr/lib/postgresql/15/bin")
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell starts what runs in the background deaf to SIGINT, and so would be what the tests start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def nothing_stays() -> Iterator[None]:
    """No server that this process started is left when the tests are over."""
    yield
    deadline = time.monotonic() + 20  # a server that was just left needs a moment to stop
    while _guards_of(os.getpid()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _guards_of(os.getpid())


def _guards_of(parent: int) -> list[str]:
    """The numbers of our guard processes that a process started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            ours = any(word.endswith(b"postgres/guard.py") for word in words)
            if ours and f"\nPPid:\t{parent}\n" in (process / "status").read_text():
                found.append(process.name)
    return found


@pytest.fixture(autouse=True)
def leave_embedded() -> Iterator[None]:
    """Stop the embedded servers that a test used in this process."""
    yield
    if embedded := sys.modules.get("todo_db.postgres.embedded"):
        embedded.leave()


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
