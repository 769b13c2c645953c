"""A PostgreSQL with a data folder of its own, to be restarted, filled up and broken (Debian's)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from todo_db.postgres import accounts

PG15 = Path("/usr/lib/postgresql/15/bin")
needed = pytest.mark.skipif(not (PG15 / "pg_ctl").exists(), reason="needs pg_ctl of Debian's PostgreSQL 15")


@dataclass(frozen=True)
class OwnServer:
    """folder: holds data, log and socket, and belongs to the server's account."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True)

    @staticmethod
    def give(folder: Path) -> None:
        """Let a folder belong to the server's account."""
        if owner := accounts.account():
            os.chown(folder, owner.uid, owner.gid)

    def ctl(self, command: str, *more: str) -> None:
        """`pg_ctl start`, `stop`, `restart`; -m is given behind it."""
        log = self.folder / "log"
        run = [PG15 / "pg_ctl", command, "-w", "-s", "-D", self.folder / "data", "-l", log, *more]
        as_server(*run)


def as_server(*command: str | Path) -> None:
    """Run a program as the server's account. Its output must not be a pipe: the server would keep it open."""
    owner = accounts.account()
    who = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, cwd="/", **quiet, **who)  # type: ignore[call-overload]


@contextlib.contextmanager
def own_server(*settings: str, port: int = 6110, wal: Path | None = None) -> Iterator[OwnServer]:
    """Make and start one, gone afterwards. wal: a folder of its own for the write-ahead log."""
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="td-", dir="/tmp")))
        OwnServer.give(place)
        data = place / "data"
        apart = ["-X", wal] if wal else []
        as_server(
            PG15 / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "--wal-segsize=1", *apart
        )
        lines = [f"port={port}", "listen_addresses=''", f"unix_socket_directories='{place}'", *settings]
        lines += ["min_wal_size=2MB", "max_wal_size=32MB", "dynamic_shared_memory_type=mmap"]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        server = OwnServer(place, port)
        server.ctl("start")
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.ctl("stop", "-m", "immediate")
