"""Child processes that use our servers, and a look at what runs; for tests that kill things."""

from __future__ import annotations

import contextlib
import os
import signal
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from todo_db.postgres import accounts

ROOT = Path(__file__).parents[2]

SCRATCH_USER = """
import sys
from todo_db.postgres.scratch import Scratch
with Scratch() as scratch:
    connection = scratch.database()
    print(scratch.conninfo(connection), flush=True)
    sys.stdin.read()
"""

EMBEDDED_USER = """
import sys, pathlib, psycopg
from todo_db.errors import TodoDbError
from todo_db.postgres import embedded
try:
    share = embedded.join(pathlib.Path(sys.argv[1]))
except TodoDbError as error:
    print("error:", error.what, "|", error.where, "|", error.hint, flush=True)
    sys.exit(int(error.exit_code))
with psycopg.connect(share.conninfo, autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (n serial)") if sys.argv[2:] else None
    started = connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0]
print(share.conninfo, "|", started, flush=True)
sys.stdin.read()
"""


def python_for_all() -> str | None:
    """An interpreter of our version that every user may run; None where there is none."""
    for candidate in (Path(sys.executable), Path(f"/usr/bin/python3.{sys.version_info.minor}")):
        if candidate.exists() and accounts.open_to_all(candidate):
            return str(candidate)
    return None


class Child:
    """A Python process that runs a program, has printed one line, and waits."""

    def __init__(
        self, program: str, *arguments: str, env: Mapping[str, str] | None = None, uid: int | None = None
    ):
        as_user = {"user": uid, "group": uid, "extra_groups": []} if uid is not None else {}
        packages = site.getsitepackages() if uid is not None else sys.path  # theirs may be elsewhere
        python = sys.executable if uid is None else python_for_all()
        self.process = subprocess.Popen(
            [python, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *packages]), **(env or {})},
            **as_user,
        )

    def line(self) -> str:
        """The line that the child printed; fails with its errors where it printed none."""
        text = self.process.stdout.readline().strip()
        if not text:
            self.process.wait(20)
            raise AssertionError(self.process.stderr.read())
        return text

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Let it end by itself; its exit code."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.process.wait(30)

    def close(self) -> None:
        """Leave nothing of it behind."""
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


@contextlib.contextmanager
def children() -> Iterator[Callable[..., Child]]:
    """A function that starts children; all of them are gone at the end."""
    started: list[Child] = []

    def start(program: str, *arguments: str, **more: object) -> Child:
        started.append(Child(program, *arguments, **more))
        return started[-1]

    try:
        yield start
    finally:
        for child in started:
            child.close()


def working_on(data: Path) -> dict[int, str]:
    """The processes of a server with this data folder: those in it, and its guard; by number, with a name."""
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if any(word.endswith(b"guard.py") for word in words) and os.fsencode(data) in words:
                found[int(process.name)] = "guard"
            elif (process / "cwd").readlink() == data:
                name = words[0].decode()
                found[int(process.name)] = "postmaster" if name.endswith("/postgres") else name
    return found


def kill(data: Path, *names: str) -> None:
    """`kill -9` of the server's processes with these names, else of all; stopped first, to be at once."""
    victims = [pid for pid, name in working_on(data).items() if not names or name in names]
    assert victims
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def gone(data: Path, seconds: float = 15.0) -> bool:
    """Whether nothing works on the data folder any more, after waiting for it."""
    deadline = time.monotonic() + seconds
    while working_on(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def vanished(path: Path, seconds: float = 15.0) -> bool:
    """Whether a path does not exist any more, after waiting for it."""
    deadline = time.monotonic() + seconds
    while path.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
