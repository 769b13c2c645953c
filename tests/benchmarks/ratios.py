"""Wall and CPU time of commands as ratios to what cannot be avoided: `python -m tests.benchmarks.ratios`.

The machine is never quiet, so only ratios mean something, of the least CPU time of several runs.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TODO_DB = f"{sys.executable} -m todo_db"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds: CPU of the process and all that it waited for, and wall clock."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is measured, what it is measured against, and what we aim at (None: only told)."""

    name: str
    ours: str
    theirs: str
    aim: float | None
    environ: Mapping[str, str] = ()  # type: ignore[assignment]


RATIOS = (
    Ratio("--help / import typer", f"{TODO_DB} --help", "-c 'import typer'", 2.0),
    Ratio("check-spec, warm / import sqlmodel", f"{TODO_DB} check-spec", "-c 'import sqlmodel'", 0.5),
    Ratio(
        "check-spec, cold / import the models",
        f"{TODO_DB} check-spec",
        "-c 'import todo_db.models'",
        1.5,
        {"TODO_DB_CACHE": "0"},
    ),
    Ratio("drift, warm / alembic check", f"{TODO_DB} drift", "-m alembic check", None),
)


def run(command: str, environ: Mapping[str, str]) -> Taken:
    """Run once. Exit codes do not matter: `drift` finds what there is to find."""
    start = time.perf_counter()
    process = subprocess.Popen(
        shlex.split(command),
        cwd=ROOT,
        env={**os.environ, **dict(environ)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return Taken(usage.ru_utime + usage.ru_stime, time.perf_counter() - start)


def least(command: str, environ: Mapping[str, str], times: int = 5) -> Taken:
    """The best of several runs; one more before them fills caches."""
    run(command, environ)
    taken = [run(command, environ) for _ in range(times)]
    return Taken(min(t.cpu for t in taken), min(t.wall for t in taken))


def measure(ratio: Ratio, times: int = 5) -> tuple[Taken, Taken]:
    """Ours and theirs."""
    environ = dict(ratio.environ)
    theirs = f"{sys.executable} {ratio.theirs}"
    return least(ratio.ours, environ, times), least(theirs, environ, times)


def scratch_ready(times: int = 7) -> float:
    """Seconds until a throwaway server answers, the best of several."""
    from todo_db.postgres.scratch import Scratch

    return min(timed(lambda: _once(Scratch)) for _ in range(times))


def _once(scratch: type) -> None:
    with scratch() as server:
        server.database("ready")


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    print(f"{'':40}{'ours':>9}{'theirs':>9}{'ratio':>8}{'aim':>6}   (CPU seconds)")  # noqa: T201
    for ratio in RATIOS:
        ours, theirs = measure(ratio)
        aim = f"{ratio.aim:.1f}" if ratio.aim else ""
        print(f"{ratio.name:40}{ours.cpu:9.3f}{theirs.cpu:9.3f}{ours.cpu / theirs.cpu:8.2f}{aim:>6}")  # noqa: T201
    print(f"{'scratch: start, one database, stop':40}{scratch_ready() * 1000:6.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
