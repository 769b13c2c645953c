"""A PostgreSQL server of our own for scratch databases, in memory where there is room."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.postgres import accounts, binaries, cluster, folders, server

if TYPE_CHECKING:
    import psycopg

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "50",
    # a schema of thousands of tables is built in one transaction, which holds a lock on each
    "max_locks_per_transaction": "1024",
    "max_wal_size": "64MB",
    "temp_file_limit": "512MB",
    # in the data folder, so that nothing stays in /dev/shm after a kill
    "dynamic_shared_memory_type": "mmap",
    "log_min_messages": "error",
    "restart_after_crash": "off",
}


class OwnServer:
    """A guarded server in a private folder; databases are copies of the one in the template folder."""

    role = cluster.ROLE
    prefix = ""  # the server is ours alone

    def __init__(self, environ: Mapping[str, str], programs: binaries.Binaries | None) -> None:
        programs = accounts.reachable_programs(programs or binaries.find(environ))
        source = cluster.template(programs, environ)
        self._lock = threading.RLock()
        self._file_copy = " STRATEGY FILE_COPY" if programs.major >= 15 else ""
        self._server = _prepare(programs, environ)
        self._data = self._server.data
        try:
            cluster.copy_data(source, self._data, accounts.account())  # while the guard's interpreter starts
            server.release(self._server.guard)
            self._admin = server.connect_when_ready(self._server, self._data, "postgres")
        except OSError as error:
            self._server.stop()
            raise UndeterminedError(
                f"a scratch server could not be made: {error.strerror or error}",
                where=str(self._data.parent),
                hint="free some space there, or set TMPDIR to a roomier folder",
            ) from error
        except BaseException:
            self._server.stop()
            raise

    def admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The superuser's connection to the database that the others are copies of; no other may be in it."""
        return self._admin

    def create(self, name: str) -> None:
        """Make an empty database that `role` owns."""
        from psycopg import sql

        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE postgres" + self._file_copy).format(
            sql.Identifier(name), sql.Identifier(self.role)
        )
        with self._lock:
            self._admin.execute(statement)

    def conninfo(self, database: str, options: str, *, superuser: bool = False) -> str:
        """How to connect to a database, as `role` or as the superuser."""
        user = cluster.ADMIN if superuser else self.role
        return server.conninfo(self._data, database, user, options=options)

    def created_role(self, name: str) -> None:
        """Nothing to remember: the roles go with the server."""

    def close(self) -> None:
        """Stop the server and remove its folder."""
        with contextlib.suppress(Exception):
            self._admin.close()
        self._server.stop()


def _prepare(programs: binaries.Binaries, environ: Mapping[str, str]) -> server.Guarded:
    """A private folder and a guard that waits for the data in it to be complete."""
    folder, lock = folders.run_folder(big=True, environ=environ)
    data, log = folder / "data", folder / "log"
    try:
        if accounts.account():
            folder.chmod(0o711)
        guard = server.start_guard(
            data=data,
            users=folder / folders.LOCK,
            log=log,
            command=server.postgres_command(programs, data, data, SETTINGS),
            environment=cluster.clean_environment(),
            stop_signal="SIGQUIT",
            remove=folder,
        )
    except BaseException:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server.Guarded(guard, data, log, lock)
