"""A throwaway PostgreSQL for one command: new empty databases in milliseconds, gone when the command is."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from todo_db.errors import UndeterminedError
from todo_db.postgres import urls
from todo_db.postgres.binaries import Binaries

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

STATEMENT_TIMEOUT = "30s"
LOCK_TIMEOUT = "5s"


class Host(Protocol):
    """A server on which scratch databases are made: one of our own, or one that the user names."""

    prefix: str
    role: str

    def admin(self) -> Connection:
        """The one connection that makes databases and roles."""

    def create(self, name: str) -> None:
        """Make an empty database that `role` owns."""

    def conninfo(self, database: str, options: str, *, superuser: bool = False) -> str:
        """How to connect to a database, as `role` or as the superuser."""

    def created_role(self, name: str) -> None:
        """Remember a role that was made, so that it can be dropped at the end."""

    def close(self) -> None:
        """Leave nothing behind."""


class Scratch:
    """A server, started on first use, with as many fresh databases as are asked for.

    Databases belong to a role that is no superuser, so that what specs and models say cannot leave them. With
    TODO_DB_SCRATCH_URL the databases are made on that server instead, and dropped at the end. Thread-safe.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ, *, programs: Binaries | None = None) -> None:
        self._environ = environ
        self._programs = programs
        self._lock = threading.RLock()
        self._counter = itertools.count(1)
        self._host: Host | None = None
        self._databases: dict[str, str] = {}
        self._open: list[Connection] = []
        self._closed = False

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def server_version(self) -> int:
        """The server's version as PostgreSQL numbers it: 180006 is 18.6."""
        return self._started().admin().info.server_version

    @property
    def role(self) -> str:
        """The role that owns scratch databases; never a superuser."""
        return self._started().role

    def database(self, label: str = "scratch") -> Connection:
        """An autocommit connection to a new, empty database as its owner, who is no superuser.

        label: for people who read logs; it becomes part of the database's name. The connection is closed by
        `close()` if the caller doesn't. Raises UndeterminedError where no server can be had.
        """
        host = self._started()
        with self._lock:
            name = f"td_{next(self._counter)}_{re.sub(r'[^a-z0-9]+', '_', label.lower())[:30]}"
            name = self._prefix() + name
            host.create(name)
            self._databases[label] = name
            return self._connect(host.conninfo(name, self._limits()))

    def superuser_connection(self, target: Connection | str) -> Connection:
        """A superuser's connection to a scratch database, for what its owner may not do; close it soon.

        Raises UndeterminedError on a server of the user's own where we are no superuser.
        """
        with self._lock:
            return self._connect(self._started().conninfo(self._name(target), "", superuser=True))

    def url(self, target: Connection | str) -> str:
        """The SQLAlchemy URL (psycopg 3) of a scratch database, given by its connection or its label."""
        return urls.sqlalchemy_url(self._started().conninfo(self._name(target), self._limits()))

    def conninfo(self, target: Connection | str) -> str:
        """The libpq connection string of a scratch database, given by its connection or its label."""
        return self._started().conninfo(self._name(target), self._limits())

    def ensure_roles(self, names: Iterable[str]) -> None:
        """Make the roles that a schema names, without login, and let the scratch role act as them.

        What exists stays as it is; a superuser and PostgreSQL's own `pg_…` roles are never granted.
        Raises UndeterminedError where roles cannot be made.
        """
        host = self._started()
        with self._lock:
            _ensure_roles(host, [name for name in dict.fromkeys(names) if not name.startswith("pg_")])

    def drop(self, connection: Connection) -> None:
        """Close a connection that `database` gave and drop its database, for callers that need very many."""
        from psycopg import sql

        with self._lock:
            name = connection.info.dbname
            connection.close()
            statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            self._started().admin().execute(statement)

    def close(self) -> None:
        """Close all connections; leave no server, no database, no folder behind. May be called twice."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                with contextlib.suppress(Exception):
                    connection.close()
            self._open.clear()
            if self._host is not None:
                self._host.close()
                self._host = None

    def _started(self) -> Host:
        with self._lock:
            if self._closed:
                raise RuntimeError("this scratch server was closed")
            if self._host is None:
                self._host = _host(self._environ, self._programs)
            return self._host

    def _connect(self, conninfo: str) -> Connection:
        import psycopg

        connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
        self._open = [known for known in self._open if not known.closed]
        self._open.append(connection)
        return connection

    def _name(self, target: Connection | str) -> str:
        return self._databases[target] if isinstance(target, str) else target.info.dbname

    def _prefix(self) -> str:
        return self._started().prefix

    @staticmethod
    def _limits() -> str:
        limits = f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT} -c timezone=UTC"
        return f"{limits} -c todo_db.scratch=on"  # to the catalog reader: who owns what says nothing


def _host(environ: Mapping[str, str], programs: Binaries | None) -> Host:
    if programs is None and (url := environ.get("TODO_DB_SCRATCH_URL")):
        from todo_db.postgres.borrowed import BorrowedServer

        return BorrowedServer(url)
    from todo_db.postgres.own import OwnServer

    return OwnServer(environ, programs)


def _ensure_roles(host: Host, names: list[str]) -> None:
    import psycopg
    from psycopg import sql

    admin = host.admin()
    rows = admin.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = ANY(%s)", [names])
    existing: dict[str, bool] = dict(rows.fetchall())
    options = sql.SQL("WITH INHERIT TRUE, SET TRUE" if admin.info.server_version >= 160000 else "")
    try:
        for name in names:
            role = sql.Identifier(name)
            if name not in existing:
                admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
                host.created_role(name)
            if not existing.get(name, False) and name != host.role:
                grant = sql.SQL("GRANT {} TO {} {}").format(role, sql.Identifier(host.role), options)
                admin.execute(grant)
    except psycopg.Error as error:
        raise UndeterminedError(
            f"the scratch server cannot make the roles that the schema names: {error.diag.message_primary}",
            where=", ".join(names),
            hint="let the role of TODO_DB_SCRATCH_URL create roles, or unset it to use a server of our own",
        ) from error
