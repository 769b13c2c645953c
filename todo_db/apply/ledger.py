"""The ledger: a table beside the version table that tells who applied what, from where, and how it ended."""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todo_db.apply.lock import key_of
from todo_db.errors import ApplyError
from todo_db.sources.layout import Layout

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

TABLE = "todo_db_ledger"

STARTED, APPLIED, FAILED, INTERRUPTED = "started", "applied", "failed", "interrupted"
"""Outcomes. `applied` is written in the very transaction that moves the stamp, so the two never disagree;
`interrupted` is what the next run makes of a `started` whose run is over: it never committed."""

_CREATE = """
    CREATE TABLE {table} (
        id uuid PRIMARY KEY,
        revision text NOT NULL,
        action text NOT NULL,
        hash text,
        outcome text NOT NULL,
        detail text,
        role text NOT NULL DEFAULT session_user,
        os_user text,
        host text,
        ci text,
        tool text,
        restore_point pg_lsn,
        started timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished timestamptz
    )
"""

# A standby has no insert position; migrating one fails at the next statement anyway.
_BEGIN = """
    INSERT INTO {table} (id, revision, action, hash, outcome, os_user, host, ci, tool, restore_point)
    VALUES (%(id)s, %(revision)s, %(action)s, %(hash)s, 'started', %(os_user)s, %(host)s, %(ci)s, %(tool)s,
            CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_insert_lsn() END)
"""

_LOCKED = """
    EXISTS (SELECT FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 1
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND pid = :pid AND (classid::bigint << 32) | objid::bigint = :key)
"""

_WHERE = """
    SELECT n.nspname, pg_backend_pid(),
           (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
    FROM (SELECT to_regclass(%s) AS oid) t
    LEFT JOIN pg_class c USING (oid)
    LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. restore_point: where the write-ahead log was just before, as an LSN."""

    revision: str
    action: str
    outcome: str
    started: dt.datetime
    finished: dt.datetime | None
    role: str
    hash: str | None = None
    detail: str | None = None
    os_user: str | None = None
    host: str | None = None
    ci: str | None = None
    tool: str | None = None
    restore_point: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The table, where it could be made, and the session that holds the lock.

    table: its quoted name, None where the role may not make one. pid: the session's real number, which
    a proxy does not tell truly when connecting. key: the number of the lock.
    """

    table: str | None
    pid: int
    backend_start: dt.datetime
    key: int = 0

    def begin(self, connection: Connection, revision: str, action: str, hash_: str | None) -> str:
        """Write down that a revision is begun; committed at once. Gives the line's id."""
        number = str(uuid.uuid4())
        if self.table is not None:
            facts = {"id": number, "revision": revision, "action": action, "hash": hash_, **origin()}
            _run(connection, _BEGIN.format(table=self.table), facts)
        return number

    def applied(self, number: str) -> tuple[str, dict[str, Any]]:
        """The statement, for SQLAlchemy, that belongs into the revision's own transaction.

        It gives back whether the lock is still held; where there is no row, there is no such line.
        """
        if self.table is None:
            return f"SELECT {_LOCKED}", {"pid": self.pid, "key": self.key}
        done = f"UPDATE {self.table} SET outcome = 'applied', finished = clock_timestamp()"  # noqa: S608
        return f"{done} WHERE id = CAST(:id AS uuid) RETURNING {_LOCKED}", {
            "id": number,
            "pid": self.pid,
            "key": self.key,
        }

    def close(self, connection: Connection, number: str, outcome: str, detail: str) -> bool:
        """Close a line that is still open; False where it was closed as applied already."""
        if self.table is None:
            return True
        done = f"UPDATE {self.table} SET outcome = %s, detail = %s, finished = clock_timestamp()"  # noqa: S608
        cursor = _run(connection, f"{done} WHERE id = %s AND outcome = 'started'", (outcome, detail, number))
        return bool(cursor.rowcount)


def origin() -> dict[str, str | None]:
    """Who does it, from where, and with what: for the ledger."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        tool = f"todo-db {version('todo-db')}"
    except PackageNotFoundError:
        tool = "todo-db"
    return {"os_user": _os_user(), "host": socket.gethostname(), "ci": _ci(os.environ), "tool": tool}


def _os_user() -> str | None:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's number without a name
        return str(os.getuid())


def _ci(environ: Mapping[str, str]) -> str | None:
    """The address or the number of the CI run in which this process runs."""
    if {"GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"} <= environ.keys():
        return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format(**environ)
    for name in ("CI_JOB_URL", "CIRCLE_BUILD_URL", "BUILD_URL", "BUILDKITE_BUILD_URL"):
        if environ.get(name):
            return environ[name]
    return "CI" if environ.get("CI") else None


# ---- the table ------------------------------------------------------------------------------------


def prepare(connection: Connection, layout: Layout, tenant: str | None = None) -> Ledger:
    """The ledger, made if need be; lines that an earlier run left open are closed. The lock has to be held.

    tenant: the schema that is the target, where it is not the whole database.
    A role that may not make tables goes on without one. Raises ApplyError for a table that is not ours.
    """
    import psycopg

    schema, pid, start = _place(connection, layout)
    try:
        if schema is None:
            _run(connection, _CREATE.format(table=_name(layout.version_table_schema)))
            schema, pid, start = _place(connection, layout)
        else:
            _close_open_lines(connection, _name(schema))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        return Ledger(None, pid, start, key_of(tenant))
    except psycopg.errors.UndefinedColumn as error:
        raise ApplyError(
            f"the table {schema}.{TABLE} is not one that todo-db made; nothing was changed",
            hint="give it another name: todo-db keeps its ledger there",
        ) from error
    return Ledger(_name(schema), pid, start, key_of(tenant))


def moved(connection: Connection, ledger: Ledger) -> Ledger:
    """The same ledger, written to from another session that has the lock now."""
    query = (
        "SELECT pg_backend_pid(), (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())"
    )
    row = _run(connection, query).fetchone()
    assert row is not None  # noqa: S101
    return Ledger(ledger.table, row[0], row[1], ledger.key)


def read(
    connection: Connection, layout: Layout, limit: int = 100, revision: str | None = None
) -> list[Entry] | None:
    """The newest lines, the newest first; None where there is no ledger, or where it may not be read.

    revision: only its lines.
    """
    import psycopg

    schema, _, _ = _place(connection, layout)
    if schema is None:
        return None
    names = list(Entry.__dataclass_fields__)
    columns = ", ".join(f"{n}::text" if n == "restore_point" else n for n in names)
    query = f"""SELECT {columns} FROM {_name(schema)}
                WHERE %(revision)s::text IS NULL OR revision = %(revision)s
                ORDER BY started DESC, id LIMIT %(limit)s"""  # noqa: S608
    try:
        rows = _run(connection, query, {"revision": revision, "limit": limit}).fetchall()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn):
        return None
    return [Entry(*row) for row in rows]


def outcome(connection: Connection, ledger: Ledger, number: str) -> str | None:
    """How a line ended, as it is now; None where there is no such line."""
    if ledger.table is None:
        return None
    row = _run(connection, f"SELECT outcome FROM {ledger.table} WHERE id = %s", (number,)).fetchone()  # noqa: S608
    return str(row[0]) if row else None


def last(connection: Connection, layout: Layout, revision: str) -> Entry | None:
    """The newest line of a revision; None where there is none, or no ledger that may be read."""
    lines = read(connection, layout, 1, revision)
    return lines[0] if lines else None


def _close_open_lines(connection: Connection, table: str) -> None:
    said = "its run ended without a word; seen by the next run"
    done = f"UPDATE {table} SET outcome = 'interrupted', detail = %s, finished = clock_timestamp()"  # noqa: S608
    _run(connection, f"{done} WHERE outcome = 'started'", (said,))


def _place(connection: Connection, layout: Layout) -> tuple[str | None, int, dt.datetime]:
    row = _run(connection, _WHERE, (_name(layout.version_table_schema),)).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM-less rows does not exist
    return row[0], row[1], row[2]


def _name(schema: str | None) -> str:
    from psycopg import sql

    return sql.Identifier(*((schema,) if schema else ()), TABLE).as_string()


def _run(connection: Connection, query: str, parameters: Any = None) -> psycopg.Cursor[Any]:
    """Execute outside of any transaction of ours: what is written down stays."""
    from psycopg.pq import TransactionStatus

    idle = connection.info.transaction_status is TransactionStatus.IDLE
    try:
        cursor = connection.execute(query.encode(), parameters)
    except BaseException:
        if idle and not connection.autocommit and not connection.closed:
            connection.rollback()
        raise
    if idle and not connection.autocommit:
        connection.commit()
    return cursor
