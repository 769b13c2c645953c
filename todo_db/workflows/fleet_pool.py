"""A bounded number of worker processes, each with one target of a fleet at a time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

from todo_db.errors import Exit
from todo_db.workflows.fleet_targets import FleetTarget

Json = dict[str, Any]
_HOME = Path(__file__).parents[2]
_MOST = 250
"""Targets after which a process is replaced: what the project's own code keeps in memory goes with it."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Pool:
    """Use as a context manager: it ends the processes. interrupted: whether somebody stopped the run.

    do: what is done to each target, 'migrate' or 'look', with these options.
    """

    def __init__(
        self,
        project: Path,
        options: Mapping[str, Any],
        jobs: int,
        say: Callable[[str], None],
        *,
        do: str = "migrate",
    ) -> None:
        self._request = json.dumps({"project": str(project), "do": do, "with": dict(options)})
        self._jobs, self._say = jobs, say
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []
        self._before: dict[signal.Signals, Any] = {}
        self.interrupted = False

    def __enter__(self) -> Pool:
        if threading.current_thread() is threading.main_thread():
            found = {number: signal.getsignal(number) for number in _SIGNALS}
            self._before = {n: h for n, h in found.items() if h is not signal.SIG_IGN}  # nohup stays nohup
            for number in self._before:
                signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *failure: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for worker in self._all:
            worker.close()

    def run(self, targets: Iterable[FleetTarget]) -> Iterator[tuple[FleetTarget, Json]]:
        """Each target with how it ended, as they end. After Ctrl-C no further one is begun."""
        waiting = iter(targets)
        running: dict[Future[Json], FleetTarget] = {}
        with ThreadPoolExecutor(self._jobs) as threads:
            while True:
                while len(running) < self._jobs and not self.interrupted:
                    if (target := next(waiting, None)) is None:
                        break
                    running[threads.submit(self._one, target)] = target
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()

    def _interrupt(self, *_: object) -> None:
        if not self.interrupted:
            self._say("interrupted: what is being applied is cancelled, and no further target is begun")
        self.interrupted = True
        for worker in self._all:
            worker.interrupt()

    def _one(self, target: FleetTarget) -> Json:
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self._request)
            self._all.append(worker)
        answer = worker.ask(target, self._say)
        if answer is None:
            ended = worker.close()
            how = f"signal {-ended}" if ended < 0 else f"exit code {ended}"
            self._all.remove(worker)
            what = f"the process that was at it ended in the middle of it ({how})"
            hint = "what state it is in: todo-db migrate status; to go on: run it again"
            error = {"what": what, "where": None, "hint": hint, "exit_code": int(Exit.APPLY_FAILED)}
            return {"outcome": "failed", "seconds": None, "error": error}
        if worker.asked < _MOST:
            self._idle.append(worker)
        else:
            self._all.remove(worker)
            worker.close()
        return answer


class _Worker:
    """One process. It has a session of its own, so that a terminal's Ctrl-C reaches it through us, once."""

    def __init__(self, request: str) -> None:
        # behind everything else, so that no module of ours hides one of the project's
        home = f"import sys; sys.path.append({str(_HOME)!r})"
        call = f"{home}; from todo_db.workflows.fleet_worker import main; main()"
        self.asked = 0
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-c", call, request],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def ask(self, target: FleetTarget, say: Callable[[str], None]) -> Json | None:
        """How the target ended; None where the process did."""
        self.asked += 1
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        with suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps({"url": target.url, "schema": target.schema}) + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                answer: Json = json.loads(line)
                if "done" in answer:
                    return dict(answer["done"])
                say(f"{target.name}: {answer['say']}")
        return None

    def interrupt(self) -> None:
        with suppress(OSError):
            self._process.send_signal(signal.SIGINT)

    def close(self) -> int:
        """Let it end; gives its exit code, below 0 for a signal."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        try:
            return self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
