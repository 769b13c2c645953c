"""Under load: how long clients of a big table wait while it is changed, in the plain and the online form."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.support.histories import Project
from todo_db.postgres.scratch import Scratch
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_new import new

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("TODO_DB_LOAD_ROWS", "1000000"))
SPEC = """
    tables:
      owners:
        columns: [{name: id, type: integer, primary_key: true}]
      items:
        columns:
          - {name: id, type: integer, primary_key: true}
          - {name: owner_id, type: integer, nullable: true}
          - {name: amount, type: integer, nullable: true}
          - {name: code, type: integer, nullable: true}
"""
FILL = f"""
    insert into owners select generate_series(1, 100);
    insert into items select n, n % 100 + 1, n, n from generate_series(1, {ROWS}) n;
    analyze;
"""
OWNER = "{name: owner_id, type: integer, nullable: true"
AMOUNT = "{name: amount, type: integer, nullable: true}"
CODE = "{name: code, type: integer, nullable: true}"
UUID = "{name: token, type: uuid, nullable: false, server_default: gen_random_uuid()}"
CHANGES = {
    "index": (SPEC, SPEC + "        indexes: [{name: by_amount, columns: [amount], unique: false}]\n"),
    "foreign key": (
        SPEC,
        SPEC.replace(OWNER, OWNER + ", references: {table: owners, column: id, on_delete: cascade}"),
    ),
    "check": (SPEC, SPEC + '        checks: [{name: positive, expr: "amount >= 0"}]\n'),
    "not null": (SPEC, SPEC.replace(AMOUNT, AMOUNT.replace("true}", "false}"))),
    "type": (SPEC, SPEC.replace(CODE, CODE.replace("integer", "bigint"))),
    "backfill": (SPEC, SPEC.rstrip() + f"\n          - {UUID}\n"),
}


@dataclass(frozen=True)
class Measured:
    """Seconds: the longest that a client waited, and how long it all took."""

    longest: float
    operations: int
    took: float


@contextlib.contextmanager
def clients(conninfo: str) -> Iterator[list[dict[str, float]]]:
    """Clients at work; what they tell is there at the end."""
    told: list[dict[str, float]] = []
    command = [sys.executable, "-m", "tests.faults.clients", conninfo, str(ROWS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]
    assert process.stdout.readline() == "at work\n"
    try:
        yield told
        time.sleep(0.5)
    finally:
        out, _ = process.communicate(timeout=120)
        told.append(json.loads(out))


def measure(project: Project) -> Measured:
    """Apply what is pending while clients are at work; all of them get on with it."""
    began = time.perf_counter()
    with clients(project.server.conninfo(project.live)) as told:
        migrate(project.open(), prove=False)
    assert told[0]["failures"] == []
    return Measured(told[0]["longest"], int(told[0]["operations"]), time.perf_counter() - began)


@pytest.fixture
def big(project: Project, server: Scratch) -> Iterator[Project]:
    """A project whose live database has a million rows."""
    project.settings(spec="schema.yaml")
    project.write({"schema.yaml": SPEC})
    new(project.open(), "first")
    first = project.live
    project.live = server.database("full")
    migrate(project.open(), prove=False)
    project.live.execute(FILL.encode())
    full = project.live
    yield project
    project.live = first
    server.drop(full)


@contextlib.contextmanager
def copy(project: Project, server: Scratch) -> Iterator[None]:
    """A fresh copy of the big database as the live one."""
    full = project.live
    copied = server.database("copy")
    project.live = copied
    conninfo = server.conninfo(full)
    with psycopg.connect(conninfo) as source, psycopg.connect(server.conninfo(copied)) as target:
        migrate_schema(project)
        for table in ("owners", "items"):
            with (
                source.cursor().copy(f"copy {table} to stdout (format binary)") as out,
                target.cursor().copy(f"copy {table} from stdin (format binary)") as into,
            ):
                for data in out:
                    into.write(data)
    copied.execute("analyze")
    try:
        yield
    finally:
        project.live = full
        server.drop(copied)


def migrate_schema(project: Project) -> None:
    first = sorted(project.versions.glob("*.py"))[0]
    revision = next(line for line in first.read_text().splitlines() if line.startswith("revision"))
    migrate(project.open(), to=revision.split('"')[1], prove=False)


def written(project: Project, spec: str, *, simple: bool) -> list[Path]:
    """The pending revisions for another spec."""
    before = set(project.versions.glob("*.py"))
    project.write({"schema.yaml": spec})
    outcome = new(project.open(), "change", simple=simple)
    made = sorted(set(project.versions.glob("*.py")) - before)
    assert made, outcome.text
    return made


def forget(project: Project, made: list[Path]) -> None:
    for path in made:
        path.unlink()
    project.write({"schema.yaml": SPEC})


def both(project: Project, server: Scratch, name: str, *, reader: bool) -> tuple[Measured, Measured]:
    """The plain form, without a limit as Alembic has none, and the online form as it is."""
    results = []
    for simple in (True, False):
        project.settings(spec="schema.yaml", **({"lock_timeout": "0"} if simple else {}))
        made = written(project, CHANGES[name][1], simple=simple)
        with copy(project, server), reading(project, reader):
            results.append(measure(project))
        forget(project, made)
    return results[0], results[1]


@contextlib.contextmanager
def reading(project: Project, wanted: bool) -> Iterator[None]:
    """Somebody's report, which reads the table for five seconds in one transaction, begun with the change."""
    if not wanted:
        yield
        return
    ready = threading.Event()

    def read() -> None:
        with psycopg.connect(project.server.conninfo(project.live)) as connection:
            connection.execute("select count(*) from items")
            ready.set()
            connection.execute("select pg_sleep(7)")

    thread = threading.Thread(target=read)
    thread.start()
    ready.wait(60)
    yield
    thread.join()


LONG = "check, behind a long SELECT"


@pytest.mark.long
def test_the_longest_wait(big: Project, server: Scratch) -> None:
    head = f"{'':28} {'plain':>8} {'online':>8}   longest wait of a client in ms, of {ROWS} rows"
    print(f"\n{head}", flush=True)  # noqa: T201 - the report, with -s
    found = {}
    for name in [*CHANGES, LONG]:
        plain, online = found[name] = both(big, server, name.partition(",")[0], reader=name == LONG)
        load = os.getloadavg()[0]
        waits = f"{plain.longest * 1000:8.0f} {online.longest * 1000:8.0f}"
        print(f"{name:28} {waits}   load {load:.1f}", flush=True)  # noqa: T201
    assert all(m.operations > 0 for pair in found.values() for m in pair)
    worst_plain, worst_online = (max(pair[n].longest for pair in found.values()) for n in (0, 1))
    assert worst_online < worst_plain
