"""Reading through a real PgBouncer in transaction mode, which is what Neon's pooled hosts are."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from todo_db.errors import UndeterminedError
from todo_db.postgres import accounts
from todo_db.postgres.connect import connect, limits
from todo_db.postgres.scratch import Scratch
from todo_db.postgres.target import Target, from_url

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


@contextlib.contextmanager
def bouncer(conninfo: str, more: str = "") -> Iterator[int]:
    """The port of a PgBouncer in transaction mode with one session for all. more: lines of its settings."""
    facts = conninfo_to_dict(conninfo)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    owner = accounts.account()
    as_user = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as config:
        config.write(
            f"[databases]\n* = host={facts['host']} port={facts['port']} user={facts['user']}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = 1\n{more}"
        )
        config.flush()
        Path(config.name).chmod(0o644)
        with subprocess.Popen(
            [PGBOUNCER, "-q", config.name], stderr=subprocess.DEVNULL, **as_user
        ) as process:
            try:
                _wait_for(port)
                yield port
            finally:
                process.terminate()


@pytest.fixture
def pooled(server: Scratch, db: psycopg.Connection) -> Iterator[Target]:
    """A target whose way leads through PgBouncer."""
    with bouncer(server.conninfo(db)) as port:
        url = f"postgresql://x@ep-x-pooler.eu.invalid:{port}/{db.info.dbname}?hostaddr=127.0.0.1"
        yield from_url(f"{url}&sslmode=disable")


def _wait_for(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)


def test_reading_leaves_no_setting_behind(pooled: Target) -> None:
    with connect(pooled, read_only=True, statement_timeout_ms=4321) as first:
        with limits(first, statement_timeout_ms=4321):
            assert first.execute("SHOW statement_timeout").fetchone() == ("4321ms",)
            assert first.execute("SHOW transaction_read_only").fetchone() == ("on",)
        with connect(pooled, read_only=False) as second:
            assert second.execute("SHOW statement_timeout").fetchone() == ("0",)
            assert second.execute("SHOW transaction_read_only").fetchone() == ("off",)


def test_a_pooler_under_an_ordinary_name_is_found_out(pooled: Target) -> None:
    plain = from_url(pooled.conninfo.replace("ep-x-pooler.eu.invalid", "db.invalid"))
    assert not plain.pooled
    with pytest.raises(UndeterminedError, match="pooler"):
        connect(plain, read_only=False)
    with connect(plain, read_only=True) as connection:
        for _ in range(10):  # beyond psycopg's usual threshold for prepared statements
            assert connection.execute("SELECT %s::int", [1]).fetchone() == (1,)


def test_an_unknown_database_behind_a_pooler(pooled: Target) -> None:
    name = conninfo_to_dict(pooled.conninfo)["dbname"]
    with pytest.raises(UndeterminedError, match="does not exist"):
        connect(from_url(pooled.conninfo.replace(str(name), "nowhere")), read_only=True, wait=2)
