"""Starts PostgreSQL servers of our own under a guard, and tells when they are ready."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.postgres.accounts import account
from todo_db.postgres.binaries import Binaries
from todo_db.postgres.cluster import ADMIN, failure

if TYPE_CHECKING:
    import psycopg

GUARD = Path(__file__).with_name("guard.py")
PORT = 5432  # of the socket's file name only; nothing listens on TCP


@dataclass(slots=True)
class Guarded:
    """A started guard with its server. `lock` is our share in it: closing it is what ends the server."""

    guard: subprocess.Popen[bytes]
    data: Path
    log: Path
    lock: int

    def stop(self, wait: float = 30.0) -> None:
        """Give up our share, and wait until guard and server are gone (they are, unless others use them)."""
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1
        if self.guard.stdin:
            with contextlib.suppress(OSError):
                self.guard.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.guard.wait(wait)


def start_guard(
    *,
    data: Path,
    users: Path,
    log: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    stop_signal: str,
    remove: Path | None = None,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start the guard process; it starts postgres as soon as `release` is called on it."""
    owner = str(account() or "")
    guard = [sys.executable, "-I", "-S", str(GUARD)]
    arguments = [data, users, remove or "", stop_signal, owner, log, *command]
    return subprocess.Popen(  # noqa: S603
        [*guard, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**environment, "TODO_DB_KEEP_FDS": " ".join(map(str, keep))},
        pass_fds=tuple(keep),
        start_new_session=True,
    )


def release(guard: subprocess.Popen[bytes]) -> None:
    """Tell a guard that the data folder is complete and postgres may start."""
    assert guard.stdin is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        guard.stdin.write(b"go")
        guard.stdin.close()


def postgres_command(
    binaries: Binaries, data: Path, socket_dir: Path, settings: Mapping[str, str]
) -> list[str]:
    """The command line of a server that listens on one private socket only."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "timezone": "UTC",
        "log_timezone": "UTC",
        **settings,
    }
    return [str(binaries.postgres), "-D", str(data), *(f"--{k}={v}" for k, v in options.items())]


def conninfo(socket_dir: Path, database: str, user: str, **more: str) -> str:
    """A libpq connection string for a server of ours, safe from PG* variables of the environment."""
    from psycopg.conninfo import make_conninfo

    facts: dict[str, Any] = {
        "host": str(socket_dir),
        "port": PORT,
        "dbname": database,
        "user": user,
        "connect_timeout": 10,
        "channel_binding": "disable",
        "gssencmode": "disable",
        "sslmode": "disable",
        "options": "",
        **more,
    }
    return make_conninfo("", **facts)


def connect_when_ready(
    server: Guarded, socket_dir: Path, database: str, *, seconds: float = 30.0
) -> psycopg.Connection[tuple[Any, ...]]:
    """The superuser's autocommit connection as soon as the server answers, else an error from its log."""
    import psycopg

    dsn = conninfo(socket_dir, database, ADMIN)
    socket = socket_dir / f".s.PGSQL.{PORT}"
    deadline = time.monotonic() + seconds
    refusal = "no answer"
    while time.monotonic() < deadline:
        if socket.exists():
            try:
                return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)
            except psycopg.OperationalError as error:
                refusal = str(error)
        if server.guard.poll() is not None:
            break
        time.sleep(0.003)
    raise start_failure(server.log, refusal)


def start_failure(log: Path, refusal: str = "it wrote no log") -> UndeterminedError:
    """The error for a server that did not come up, with the last telling line of its log."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        text = ""
    return failure("starting PostgreSQL", log.parent, text or refusal)
