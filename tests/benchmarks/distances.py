"""A database far away, read by us, `alembic check` and `pg_dump -s`: `python -m tests.benchmarks.distances`.

All three go through the same delaying proxy, in turn, and only the ratios mean something: the machine is
never quiet. The project is made for this, so that all have the same tables to look at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.proxy import Proxy
from todo_db.postgres import binaries
from todo_db.postgres.scratch import Scratch

DELAYS = (0.0, 0.02, 0.05)
_MODELS = """
from sqlmodel import Field, SQLModel

class T0(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=200, index=True)
"""
_MORE = """
class T{n}(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=200, index=True)
    up: int | None = Field(default=None, foreign_key="t0.id")
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of wall clock, and what it took of the way: round trips after connecting, and statements."""

    wall: float
    round_trips: int
    statements: int


@contextmanager
def project(tables: int, scratch: Scratch) -> Iterator[tuple[Path, str]]:
    """A project whose live database is what its models and its one revision say; gives folder and socket."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        models = _MODELS + "".join(_MORE.format(n=n) for n in range(1, tables))
        (root / "app.py").write_text(models, encoding="utf-8")
        (root / "pyproject.toml").write_text('[tool.todo-db]\nmodels = "app"\n', encoding="utf-8")
        (root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", encoding="utf-8")
        versions = root / "migrations" / "versions"
        versions.mkdir(parents=True)
        (root / "migrations" / "env.py").write_text(
            "import os\nimport sqlmodel, app\nfrom alembic import context\n"
            "from todo_db.apply.environment import run\nrun(context)\n",
            encoding="utf-8",
        )
        (versions / "a.py").write_text(
            'revision = "aaa"\ndown_revision = None\n\ndef upgrade():\n    from alembic import op\n'
            "    import app, sqlmodel\n    sqlmodel.SQLModel.metadata.create_all(op.get_bind())\n",
            encoding="utf-8",
        )
        live = scratch.database("far")
        yield root, str(live.info.dbname)
        scratch.drop(live)


def measured(command: Sequence[str], root: Path, proxy: Proxy, url: str) -> Run:
    """Run once; a failure is an error of the benchmark."""
    proxy.reset()
    environ = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(root)}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-800:]}{done.stdout[-800:]}")
    return Run(wall, proxy.round_trips, len(proxy.statements))


def compare(tables: int, delay: float, times: int = 2) -> dict[str, Run]:
    """The best of several runs of each, in turn."""
    with Scratch() as scratch, project(tables, scratch) as (root, name):
        connection = scratch.database("socket")
        socket = f"{connection.info.host}/.s.PGSQL.{connection.info.port}"
        todo_db = [sys.executable, "-m", "todo_db"]
        where = f"host={connection.info.host}&port={connection.info.port}"
        direct = f"postgresql://{connection.info.user}@/{name}?{where}"
        with Proxy(socket) as proxy:
            measured([*todo_db, "migrate", "--url", direct], root, proxy, direct)
        commands = {
            "todo-db drift": [*todo_db, "drift"],
            "alembic check": [sys.executable, "-m", "alembic", "check"],
        }
        with Proxy(socket, delay=delay) as proxy:
            url = f"postgresql://{connection.info.user}@127.0.0.1:{proxy.port}/{name}"
            if (dump := _pg_dump()) is not None:
                commands["pg_dump -s"] = [str(dump), "-s", url]
            runs: dict[str, list[Run]] = {what: [] for what in commands}
            for _ in range(times):
                for what, command in commands.items():
                    runs[what].append(measured(command, root, proxy, url))
        return {what: min(found, key=lambda r: r.wall) for what, found in runs.items()}


def _pg_dump() -> Path | None:
    """A pg_dump that understands the scratch server's version; an older one refuses."""
    beside = binaries.find(os.environ).bin_dir / "pg_dump"
    if beside.exists():
        return beside
    found = shutil.which("pg_dump")
    return Path(found) if found else None


def main(tables: int = 60) -> None:
    print(f"{tables} tables{'delay':>12}{'seconds':>10}{'round trips':>13}{'statements':>12}{'ratio':>8}")  # noqa: T201
    for delay in DELAYS:
        found = compare(tables, delay)
        base = found["todo-db drift"].wall
        for what, run in found.items():
            print(  # noqa: T201
                f"{what:14}{delay * 1000:6.0f} ms{run.wall:10.2f}{run.round_trips:13}{run.statements:12}"
                f"{run.wall / base:8.2f}"
            )


if __name__ == "__main__":
    main()
