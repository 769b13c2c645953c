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
def own_server(folder: Path | None = None, port: int = 6110, *settings: str) -> Iterator[OwnServer]:
    """Make and start one, in `folder` if that is given, else in a temporary one; gone afterwards."""
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="td-", dir="/tmp")))
        if owner := accounts.account():
            os.chown(place, owner.uid, owner.gid)
        data = place / "data"
        as_server(PG15 / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "--wal-segsize=1")
        lines = [f"port={port}", "listen_addresses=''", f"unix_socket_directories='{place}'", *settings]
        lines += ["min_wal_size=2MB", "max_wal_size=8MB", "dynamic_shared_memory_type=mmap"]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        server = OwnServer(place, port)
        server.ctl("start")
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.ctl("stop", "-m", "immediate")
