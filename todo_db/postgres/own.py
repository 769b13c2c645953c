"""A PostgreSQL server of our own for scratch databases, in memory where there is room."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.postgres import binaries, folders, server

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
    "max_wal_size": "64MB",
    "temp_file_limit": "512MB",
    # in the data folder, so that nothing stays in /dev/shm after a kill
    "dynamic_shared_memory_type": "mmap",
    "log_min_messages": "error",
    "restart_after_crash": "off",
}


class OwnServer:
    """A guarded server in a private folder; databases are copies of the one in the template folder."""

    role = server.ROLE
    prefix = ""  # the server is ours alone

    def __init__(self, environ: Mapping[str, str], programs: binaries.Binaries | None) -> None:
        programs = programs or binaries.find(environ)
        source = server.template(programs, environ)
        self._lock = threading.RLock()
        self._file_copy = " STRATEGY FILE_COPY" if programs.major >= 15 else ""
        folder, lock = folders.run_folder(big=True, environ=environ)
        data, users, log = folder / "data", folder / folders.LOCK, folder / "log"
        owner = server.account()
        command = server.postgres_command(programs, data, data, SETTINGS)
        guard = server.start_guard(
            data=data,
            users=users,
            log=log,
            command=command,
            environment=server.clean_environment(),
            stop_signal="SIGQUIT",
            remove=folder,
        )
        self._server = server.Guarded(guard, data, log, lock)
        try:
            if owner:
                folder.chmod(0o711)
            server.copy_data(source, data, owner)
            server.release(guard)
            self._socket_dir = data
            dsn = server.conninfo(data, "postgres", server.ADMIN)
            self._admin = server.connect_when_ready(dsn, self._server)
        except OSError as error:
            self._server.stop()
            raise UndeterminedError(
                f"a scratch server could not be made: {error.strerror}", where=str(folder),
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
        user = server.ADMIN if superuser else self.role
        return server.conninfo(self._socket_dir, database, user, options=options)

    def created_role(self, name: str) -> None:
        """Nothing to remember: the roles go with the server."""

    def close(self) -> None:
        """Stop the server and remove its folder."""
        with contextlib.suppress(Exception):
            self._admin.close()
        self._server.stop()
