"""Any number of runs at once: each revision is applied exactly once, and nobody fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.histories import Project
from todo_db.postgres.scratch import Scratch

ROOT = Path(__file__).parents[2]
LOG = """
op.execute("create table if not exists log (revision text)")
op.execute("insert into log values ('{}')")
"""
TABLE = 'op.execute("create table items (id int primary key, amount int)")'
INDEX = """
with op.get_context().autocommit_block():
    op.execute("drop index concurrently if exists by_amount")
    op.execute("create index concurrently by_amount on items (amount)")
"""
ROWS = 'op.execute("insert into items select n, n from generate_series(1, 100) n")'


def history(project: Project) -> None:
    bodies = {"a": TABLE, "b": ROWS, "c": INDEX, "d": "pass"}
    down: str | None = None
    revisions = []
    for name, body in bodies.items():
        revisions.append((name, down, LOG.format(name) + body))
        down = name
    project.history(*revisions)
    project.write({"alembic.ini": "[alembic]\nscript_location = migrations\n"})


def race(project: Project, runs: int) -> list[tuple[int, str, str]]:
    """Start so many processes together, every other one of them plain Alembic's."""
    environ = {**os.environ, **project.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": project.url}
    commands = (["-m", "todo_db", "migrate", "--no-proof"], ["-m", "alembic", "upgrade", "head"])
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [
        subprocess.Popen(
            [sys.executable, *commands[n % 2]], cwd=project.root, env=environ, text=True, **pipes
        )  # type: ignore[call-overload]
        for n in range(runs)
    ]
    ended = [(p.communicate(timeout=300), p.returncode) for p in processes]
    return [(code, out, err) for (out, err), code in ended]


def once_each(project: Project, ended: list[tuple[int, str, str]]) -> None:
    assert [code for code, _, _ in ended] == [0] * len(ended), ended
    assert project.rows("select revision from log order by 1") == [(n,) for n in "abcd"]
    assert project.rows("select count(*), sum(amount) from items") == [(100, 5050)]
    assert project.ledger() == [(n, "upgrade", "applied") for n in "abcd"]
    assert project.stamp == ["d"]
    told = [out for _, out, _ in ended[::2]]
    assert all(out.startswith(("applied a", "nothing to do")) for out in told), told


def test_four_at_once(project: Project) -> None:
    history(project)
    once_each(project, race(project, 4))


@pytest.mark.long
def test_sixteen_at_once_fifty_times(project: Project, server: Scratch) -> None:
    """Forked, so that they are nearer together than sixteen programs that start."""
    history(project)
    environ = {**os.environ, **project.environ}
    command = [sys.executable, "-m", "tests.faults.racers"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, **pipes) as process:  # type: ignore[call-overload]
        waited = 0
        for number in range(51):
            first = project.live
            project.live = server.database(f"race{number}")
            try:
                order = {"root": str(project.root), "url": project.url, "runs": 16 if number else 0}
                process.stdin.write(json.dumps(order) + "\n")
                process.stdin.flush()
                ended = json.loads(process.stdout.readline())
                if number:
                    once_each(project, ended)
                waited += sum("another run is migrating" in err for _, _, err in ended)
            finally:
                server.drop(project.live)
                project.live = first
        process.stdin.close()
    print(f"\n50 rounds of 16 runs; {waited} waited for another", flush=True)  # noqa: T201 - the report, with -s
    assert waited
