"""What a command costs a database far away: round trips and statements, whatever the number of tables."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Connection
from tests.support.proxy import Proxy
from todo_db.objects import KINDS
from todo_db.settings import load
from todo_db.sources.history import read

ROOT = Path(__file__).parents[2]


class Cost(NamedTuple):
    connections: int
    round_trips: int  # after connecting
    statements: int


# Reading the whole catalog: one pipeline of BEGIN, settings, a query per kind of object, COMMIT.
ONE_READ = Cost(1, 1, len(KINDS) + 8)
LIMITS = {
    ("check-spec",): Cost(0, 0, 0),
    ("explain", "TD203"): Cost(0, 0, 0),
    ("inspect", "models"): Cost(0, 0, 0),
    ("inspect", "live"): ONE_READ,
    ("diff", "models", "live"): ONE_READ,
    ("drift",): ONE_READ,
    ("doctor",): Cost(1, 6, 6),
    ("migrate", "status"): Cost(1, 10, 12),
}


@pytest.fixture
def proxy(db: Connection) -> Iterator[Proxy]:
    with Proxy(f"{db.info.host}/.s.PGSQL.{db.info.port}", delay=0.002) as running:
        yield running


def cost(proxy: Proxy, db: Connection, arguments: tuple[str, ...]) -> Cost:
    """What a command of the project shipped here costs that database."""
    url = f"postgresql://{db.info.user}@127.0.0.1:{proxy.port}/{db.info.dbname}"
    given = () if arguments[0] == "explain" else ("--project", ROOT)
    proxy.reset()
    done = subprocess.run(
        [sys.executable, "-m", "todo_db", *arguments, "--url", url, *given],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return Cost(proxy.connections, proxy.round_trips, len(proxy.statements))


@pytest.mark.parametrize("arguments", LIMITS, ids=" ".join)
def test_round_trips(arguments: tuple[str, ...], proxy: Proxy, db: Connection) -> None:
    for number in range(3):
        db.execute(
            f"CREATE TABLE t{number} (id serial PRIMARY KEY, a text NOT NULL DEFAULT 'x' CHECK (a <> ''))"
        )
    few = cost(proxy, db, arguments)
    assert all(got <= limit for got, limit in zip(few, LIMITS[arguments], strict=True)), few
    for number in range(3, 150):
        db.execute(f"CREATE TABLE t{number} (id serial PRIMARY KEY, a integer REFERENCES t0)")
    assert cost(proxy, db, arguments) == few


def test_a_migrate_with_nothing_to_do_asks_for_the_stamp_and_goes(proxy: Proxy, db: Connection) -> None:
    db.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    (head,) = read(load(ROOT)).heads
    db.execute("INSERT INTO alembic_version VALUES (%s)", [head])
    found = cost(proxy, db, ("migrate",))
    assert found == Cost(1, 1, 1), proxy.statements


def test_a_command_that_reads_only_says_so_to_the_server(proxy: Proxy, db: Connection) -> None:
    """Nothing but one read-only transaction reaches live."""
    for arguments in (("drift",), ("diff", "models", "live"), ("inspect", "live")):
        cost(proxy, db, arguments)
        assert "READ ONLY" in proxy.statements[0]
        verbs = {line.split()[0].upper() for s in proxy.statements if (line := _code(s))}
        assert verbs <= {"BEGIN", "SELECT", "WITH", "COMMIT", "ROLLBACK"}


def _code(statement: str) -> str:
    """A statement without the comment lines on top of it."""
    return "\n".join(line for line in statement.splitlines() if not line.lstrip().startswith("--"))


@pytest.mark.long
def test_five_thousand_tables_are_one_round_trip(proxy: Proxy, db: Connection) -> None:
    few = cost(proxy, db, ("inspect", "live"))
    for low in range(0, 5_000, 100):
        numbers = range(low, low + 100)
        db.execute("".join(f"CREATE TABLE t{n} (id serial PRIMARY KEY, a text);" for n in numbers).encode())
    assert cost(proxy, db, ("inspect", "live")) == few
