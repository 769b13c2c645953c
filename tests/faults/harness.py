"""Runs `migrate` through a proxy, lets something happen at one message, and looks at what comes of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import psycopg

from tests.support.histories import Project
from tests.support.proxy import Fate, Proxy
from todo_db.errors import ApplyError
from todo_db.postgres.scratch import Scratch
from todo_db.workflows.migrate import migrate

ROOT = Path(__file__).parents[2]
_LONG_PIPELINE = 60


class Fault(Enum):
    """What happens at a message."""

    KILL = "kill -9 before the message is sent"
    CUT = "the connection is cut before the message arrives"
    CUT_AFTER = "the connection is cut before the answer arrives"


@dataclass(frozen=True)
class Point:
    """What came of one fault. code: the exit code of the run that it befell; None: it was killed."""

    fault: Fault
    number: int
    statement: str
    code: int | None
    text: str


@dataclass
class Outcomes:
    """All points that were tried. wrong: those after which the next run did not end in the goal."""

    points: list[Point] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counted = Counter(
            (p.fault.name, "killed" if p.code is None else f"exit {p.code}") for p in self.points
        )
        lines = [f"{fault:10} {end:8} {count:5}" for (fault, end), count in sorted(counted.items())]
        return "\n".join([f"{len(self.points)} points; after each, one more run ended in the goal", *lines])


class Worker:
    """The process in which the runs are forked."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, root: Path, url: str, started: Callable[[int], None]) -> dict[str, Any]:
        """One `migrate --no-proof`; `started` is told the number of its process at once."""
        order = json.dumps({"root": str(root), "url": url, "proof": ""})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        started(int(self._process.stdout.readline()))
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@contextlib.contextmanager
def worker(project: Project) -> Iterator[Worker]:
    """A worker that is gone afterwards."""
    made = Worker(dict(project.environ))
    try:
        yield made
    finally:
        made.close()


@dataclass
class Harness:
    """One project, whose live database is a new one for every point.

    check: looks at a database after the second run; fails where anything is lost, doubled or half done.
    """

    project: Project
    server: Scratch
    worker: Worker
    begin: Callable[[psycopg.Connection[Any]], None]
    check: Callable[[Project], None]
    ends: bool = True  # whether the second run ends well

    def points(self) -> list[int]:
        """The messages of an undisturbed run at which something may happen, as numbers from 1.

        Of a long pipeline, which only reads the catalog, the first, the last and a few in between.
        """
        sent, _ = self._first(None, 0)
        self._finish()
        points, begin = [], 0
        for end in (n for n, kind in enumerate(sent, 1) if kind in (b"S", b"Q", b"", b"p", b"X")):
            step = 1 if end - begin < _LONG_PIPELINE else _LONG_PIPELINE
            points += [*range(begin + 1, end, step), end]
            begin = end
        return points

    def at(self, fault: Fault, number: int) -> Point:
        """Let the fault happen at a message, run once more, and check."""
        _, point = self._first(fault, number)
        self._finish()
        return point

    def _first(self, fault: Fault | None, number: int) -> tuple[list[bytes], Point]:
        self.project.live = self.server.database("fault")
        self.begin(self.project.live)
        info = self.project.live.info
        pid: list[int] = []
        known = threading.Event()
        met: list[str] = []
        sent: list[bytes] = []

        def at_message(count: int, kind: bytes, body: bytes) -> Fate:
            sent.append(kind)
            if fault is None or count != number:
                return Fate.GO_ON
            met.append(f"{kind.decode()} {body[:60]!r}")
            if fault is not Fault.KILL:
                return Fate.CUT if fault is Fault.CUT else Fate.CUT_AFTER
            known.wait(10)
            os.kill(pid[0], signal.SIGKILL)
            return Fate.CUT

        def started(child: int) -> None:
            pid.append(child)
            known.set()

        with Proxy(f"{info.host}/.s.PGSQL.{info.port}") as proxy:
            proxy.on_message = at_message
            url = f"postgresql://{info.user}@127.0.0.1:{proxy.port}/{info.dbname}"
            plain = "sslmode=disable&gssencmode=disable"
            answer = self.worker.run(self.project.root, f"{url}?{plain}", started)
            code = None if answer["code"] == -9 else answer["code"]
            text = f"{answer['text']} {answer['said'][-2:]}"
            assert code in (None, 0, 3, 4), (fault, number, met, answer)
            found = Point(fault or Fault.CUT, number, "".join(met), code, text)
            return sent, found

    def _finish(self) -> None:
        """One more run, directly, has to end in the goal."""
        try:
            if self.ends:
                migrate(self.project.open())
            else:
                with contextlib.suppress(ApplyError):
                    migrate(self.project.open(), prove=False)
            self.check(self.project)
        finally:
            self.project.stack.close()
            self.server.drop(self.project.live)
