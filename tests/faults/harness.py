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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

from tests.faults.worker import DOWN_TO
from tests.support.histories import Hearing, Project
from tests.support.proxy import Fate, Proxy
from todo_db.errors import ApplyError
from todo_db.sources import replay
from todo_db.sources.history import History, Revision
from todo_db.sources.replayprocess import ReplayProcess
from todo_db.sources.workspace import Workspace
from todo_db.workflows import migrate_down, migrate_lint
from todo_db.workflows.migrate import migrate

ROOT = Path(__file__).parents[2]
_DELAY = 0.1  # seconds
_ASKS = (b"S", b"Q", b"", b"p", b"X")  # messages that end what is sent at once
_LONG_PIPELINE = 60
WAITED = "another run is migrating this database"
BLOCKED = "waiting for a lock that is held by"


class Fault(Enum):
    """What happens at a message."""

    KILL = "kill -9 before the message is sent"
    CUT = "the connection is cut before the message arrives"
    CUT_AFTER = "the connection is cut before the answer arrives"
    HOLE = "kill -9; the message arrives while the next run waits for what the dead one has locked"
    DELAY = "the message arrives late"


@dataclass(frozen=True)
class Point:
    """What came of one fault. code: what the run that it befell ended with; None: it was killed.

    wrong: why the next run did not end in the goal.
    """

    fault: str
    number: int
    statement: str
    code: int | str | None
    text: str
    waited: bool = False
    wrong: str | None = None


@dataclass
class Outcomes:
    """All points that were tried, those of earlier runs too where they are kept in a file."""

    file: Path | None = None
    points: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            lines = self.file.read_text(encoding="utf-8").splitlines()
            self.points += [Point(**json.loads(line)) for line in lines]

    def add(self, point: Point) -> None:
        self.points.append(point)
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(point)) + "\n")

    def done(self, fault: Fault) -> set[int]:
        return {p.number for p in self.points if p.fault == fault.name}

    @property
    def wrong(self) -> list[Point]:
        return [p for p in self.points if p.wrong is not None]

    def __str__(self) -> str:
        counted = Counter((p.fault, "killed" if p.code is None else f"exit {p.code}") for p in self.points)
        lines = [f"{fault:10} {end:8} {count:5}" for (fault, end), count in sorted(counted.items())]
        said = f"{len(self.points)} points, {len(self.wrong)} wrong; after "
        waited = sum(p.waited for p in self.points)
        return "\n".join([f"{said}{waited} of them the next run waited for what was still locked", *lines])


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

    def run(
        self, root: Path, url: str, do: str, started: Callable[[int], None], *, fork: bool
    ) -> dict[str, Any]:
        """One run; `started` is told the number of its process at once."""
        order = json.dumps({"root": str(root), "url": url, "do": do, "fork": fork})
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


@dataclass
class Harness:
    """One project, whose live database is emptied for every point.

    do: what is run and disturbed. begin: what there is before. check: looks at a database after the second
    run; fails where anything is lost, doubled or half done. fails: the run, undisturbed, does not end well.
    """

    project: Project
    worker: Worker
    replays: ReplayProcess
    begin: Callable[[Project], None]
    check: Callable[[Project], None]
    do: str = "migrate"
    fails: bool = False
    _kept: dict[Any, Any] = field(default_factory=dict)

    def points(self) -> list[int]:
        """The messages of an undisturbed run, numbered from 1: something may happen at each.

        Those of a long pipeline, which only reads the catalog, come last.
        """
        kinds: list[bytes] = []
        for _ in range(2):  # the first loads what later ones have, and asks the server more
            kinds.clear()
            self._at(None, 0, kinds)
        long, begin = set(), 0
        for end, kind in enumerate(kinds, 1):
            if kind in _ASKS:
                long |= set(range(begin + 2, end)) if end - begin > _LONG_PIPELINE else set()
                begin = end
        return sorted(range(1, len(kinds) + 1), key=lambda number: (number in long, number))

    def at(self, fault: Fault, number: int) -> Point:
        """Let the fault happen at a message, run once more, and check."""
        return self._at(fault, number)

    def _at(self, fault: Fault | None, number: int, kinds: list[bytes] | None = None) -> Point:
        for (table,) in self.project.rows("select tablename from pg_tables where schemaname = 'public'"):
            self.project.live.execute(f"drop table {table}")
        try:
            self.begin(self.project)
            info = self.project.live.info
            with Proxy(f"{info.host}/.s.PGSQL.{info.port}") as proxy:
                point = self._first(proxy, fault, number, [] if kinds is None else kinds)
                self.project.said = heard = Hearing({WAITED: proxy.resume, BLOCKED: proxy.resume})
                try:
                    self._finish()
                    self.check(self.project)
                except Exception as error:
                    point = Point(**{**asdict(point), "wrong": f"{error!r} {heard}"})
                return Point(
                    **{**asdict(point), "waited": any(w in t for w in (WAITED, BLOCKED) for t in heard)}
                )
        finally:
            self.project.stack.close()

    def _first(self, proxy: Proxy, fault: Fault | None, number: int, kinds: list[bytes]) -> Point:
        pid: list[int] = []
        known = threading.Event()
        met: list[str] = []

        def at_message(count: int, kind: bytes, body: bytes) -> Fate:
            kinds.append(kind)
            if fault is None or count != number:
                return Fate.GO_ON
            met.append(f"{kind.decode()} {body[:60]!r}")
            if fault in (Fault.KILL, Fault.HOLE):
                known.wait(10)
                os.kill(pid[0], signal.SIGKILL)
            if fault is Fault.DELAY:
                threading.Timer(_DELAY, proxy.resume).start()
            return _FATES[fault]

        def started(child: int) -> None:
            pid.append(child)
            known.set()

        proxy.on_message = at_message
        info = self.project.live.info
        url = f"postgresql://{info.user}@127.0.0.1:{proxy.port}/{info.dbname}?sslmode=disable&gssencmode=disable"
        answer = self.worker.run(self.project.root, url, self.do, started, fork=fault is not None)
        text = f"{answer['text']} {answer['said'][-2:]}"
        name = fault.name if fault is not None else ""
        wrong = None if self._may_end(fault, answer["code"]) else "it ended as it must not"
        return Point(name, number, "".join(met), answer["code"], text, wrong=wrong)

    def _may_end(self, fault: Fault | None, code: object) -> bool:
        if fault in (None, Fault.DELAY):
            return code == 0 or (self.fails and code != 3)
        return code in (None, 0, 3, 4, -1, 255)

    def _finish(self) -> None:
        """One more run, directly, has to end in the goal."""
        ws = self.project.open()
        replay._processes[ws] = self.replays  # starting one is what takes time
        ws.replays = self._kept
        if self.do == "down":
            with mock.patch.object(migrate_down, "_prove"):  # the undisturbed run has proven the way
                migrate_down.down(ws, DOWN_TO, lambda _: True)
            return
        with contextlib.suppress(ApplyError) if self.fails else contextlib.nullcontext():
            migrate(ws, prove=not self.fails)


_FATES = {
    Fault.KILL: Fate.CUT,
    Fault.CUT: Fate.CUT,
    Fault.CUT_AFTER: Fate.CUT_AFTER,
    Fault.HOLE: Fate.HOLD,
    Fault.DELAY: Fate.HOLD,
}


@contextlib.contextmanager
def measured_once() -> Iterator[None]:
    """What revisions do to rows is the same after every fault, and takes seconds to find out."""
    measure, known = migrate_lint.changed_tables, {}

    def changed(ws: Workspace, history: History, revisions: Sequence[Revision]) -> frozenset[str]:
        key = tuple(r.id for r in revisions)
        if key not in known:
            known[key] = measure(ws, history, revisions)
        return known[key]

    with mock.patch.object(migrate_lint, "changed_tables", changed):
        yield


@contextlib.contextmanager
def harness(
    project: Project,
    begin: Callable[[Project], None],
    check: Callable[[Project], None],
    **options: Any,
) -> Iterator[Harness]:
    """A harness that is gone afterwards, the project's own database being live again."""
    worker = Worker(dict(project.environ))
    environ = {**os.environ, **project.environ}
    try:
        with measured_once(), ReplayProcess(project.open().settings, environ=environ) as replays:
            yield Harness(project, worker, replays, begin, check, **options)
    finally:
        worker.close()
