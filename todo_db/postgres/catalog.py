"""Reads what a PostgreSQL database holds: every kind of object in one snapshot and one round trip."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.collecting import no_garbage_collection
from todo_db.errors import UndeterminedError
from todo_db.findings import Unknown
from todo_db.objects import KINDS
from todo_db.postgres import ignored
from todo_db.postgres.queries import HERE, plain, query, scoped
from todo_db.postgres.rows import Address, Answer, Row, answer_of, build, dependencies
from todo_db.schema import DbObject, Key, Schema

if TYPE_CHECKING:
    import psycopg


OLDEST = 140000
NEWEST = 18
FIRST_OID = 16384  # PostgreSQL's FirstNormalObjectId: initdb's own objects lie below it
TIMEOUT_MS = 60_000
# At least so often, and for so many seconds, reading is tried while others alter the database.
DISTURBED, PATIENCE = 6, 10.0

# Deparsed text depends on these; jit and parallel plans only cost time on catalogs.
_PINNED = {
    "search_path": "",
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "quote_all_identifiers": "off",
    "jit": "off",
    "join_collapse_limit": "4",  # the joins are look-ups, written in the order in which they work
    "from_collapse_limit": "4",
    "max_parallel_workers_per_gather": "0",
}


def read(
    connection: psycopg.Connection[Any],
    *,
    side: str = "live",
    schemas: Collection[str] | None = None,
    include_system: bool = False,
    kinds: Collection[type[DbObject]] = KINDS,
    timeout_ms: int = TIMEOUT_MS,
    usual_stamp: bool = True,
) -> Schema:
    """Everything of `kinds` that the database holds, as one snapshot sees it, in one round trip.

    side: the name of the side. schemas: only what lies in these. include_system: PostgreSQL's own
    schemas too. usual_stamp: an alembic_version in `public` counts although that is not among `schemas`.
    An open transaction is read from inside and left as it was; otherwise a read-only one is
    opened and closed. What the role may not read is in the result's `unknown`.
    Raises UndeterminedError where the server is too old, gives up or goes away.
    """
    version = connection.info.server_version
    if version < OLDEST:
        raise UndeterminedError(
            f"PostgreSQL {version // 10000} is too old to be read", hint="PostgreSQL 14 or newer is needed."
        )
    params = {**parameters(schemas, include_system), "usual_stamp": usual_stamp}
    refused: dict[type[DbObject], str] = {}
    with no_garbage_collection():
        asked, answers = _ask_what_is_allowed(connection, tuple(kinds), params, timeout_ms, refused)
        objects: dict[Key, DbObject] = {}
        addresses: dict[Address, Key] = {}
        for cls, answer in zip(asked, answers, strict=False):
            build(cls, answer, objects, addresses)
        revision, unread, dependency = (answer.rows for answer in answers[len(asked) :])
        depends = dependencies(dependency, addresses)
    unknown = [_refusal(side, cls, reason) for cls, reason in refused.items()]
    unknown += [Unknown(side, name, reason) for name, reason in unread]
    if version // 10000 > NEWEST:
        what = f"PostgreSQL {version // 10000}"
        unknown.append(Unknown(side, what, f"newer than {NEWEST}: it may hold what is not read here"))
    revisions = _revisions(side, revision, unknown)
    return Schema(
        side=side,
        objects=objects,
        unknown=tuple(unknown),
        depends=depends,
        server=version,
        revisions=revisions,
    )


def _ask_what_is_allowed(
    connection: psycopg.Connection[Any],
    kinds: tuple[type[DbObject], ...],
    params: dict[str, Any],
    timeout_ms: int,
    refused: dict[type[DbObject], str],
) -> tuple[tuple[type[DbObject], ...], list[Answer]]:
    """The kinds that could be read and their answers; what the role may not read is put into `refused`.

    Only after a refusal, which PostgreSQL's own catalogs give nobody, is there another round trip.
    """
    version = connection.info.server_version
    own = [plain(HERE / "revisions.sql", version), scoped(HERE / "unknown.sql", version)]
    own.append(plain(HERE / "dependency.sql", version))
    while True:
        asked = tuple(kind for kind in kinds if kind not in refused)
        texts = [*(query(k, version) for k in asked), *own]
        try:
            return asked, _ask_in_peace(connection, texts, params, timeout_ms)
        except _RefusedError as error:
            if error.position >= len(asked):
                raise UndeterminedError(error.reason) from error
            refused[asked[error.position]] = error.reason


def parameters(schemas: Collection[str] | None, include_system: bool) -> dict[str, Any]:
    """What the queries are told: which schemas, and what is ignored."""
    return {
        "system": include_system,
        "first_oid": 0 if include_system else FIRST_OID,
        "schemas": None if schemas is None else list(schemas),
        "ignored_schemas": [s for s in ignored.SCHEMAS if schemas is None or s not in schemas],
        "ignored_tables": list(ignored.TABLES),
        "ignored_roles": list(ignored.ROLES),
        "ignored_role_prefixes": list(ignored.ROLE_PREFIXES),
    }


# ---- the round trip -----------------------------------------------------------------------------


class _RefusedError(Exception):
    """The role may not read what the query at `position` asks for."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class _DisturbedError(Exception):
    """Somebody altered what was being read."""


def _ask_in_peace(
    connection: psycopg.Connection[Any], texts: list[str], params: dict[str, Any], timeout_ms: int
) -> list[Answer]:
    """As `_ask`, and again where an object went away meanwhile.

    The rows are those of one snapshot, but what deparses them (pg_get_viewdef …) looks at the catalogs as
    they are by then, and fails for what is there no more.
    """
    until, attempt = time.monotonic() + PATIENCE, 0
    while True:
        attempt += 1
        try:
            return _ask(connection, texts, params, timeout_ms)
        except _DisturbedError as error:
            if attempt >= DISTURBED and time.monotonic() > until:
                raise UndeterminedError(
                    f"the database is being altered while it is read: {error}",
                    hint="Try again once whoever alters it (a migration?) is done.",
                ) from None
            time.sleep(0.02 * min(attempt, 5))


def _ask(
    connection: psycopg.Connection[Any], texts: list[str], params: dict[str, Any], timeout_ms: int
) -> list[Answer]:
    """The columns and rows of each query, all sent before the first answer is waited for."""
    import psycopg
    from psycopg.rows import tuple_row

    cursors = [psycopg.Cursor(connection, row_factory=tuple_row) for _ in texts]
    try:
        with _snapshot(connection, timeout_ms):
            for cursor, text in zip(cursors, texts, strict=True):
                cursor.execute(text, params, prepare=False)
    except psycopg.errors.InsufficientPrivilege as error:
        answered = sum(c.description is not None for c in cursors)
        raise _RefusedError(answered, str(error).splitlines()[0]) from error
    except (
        psycopg.errors.InternalError_,
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedObject,
        psycopg.errors.UndefinedColumn,
    ) as error:
        raise _DisturbedError(str(error).splitlines()[0]) from error
    except psycopg.errors.QueryCanceled as error:
        raise UndeterminedError(f"the catalog could not be read within {timeout_ms / 1000:g} s") from error
    except psycopg.OperationalError as error:
        raise UndeterminedError(
            f"the connection was lost while the catalog was read: {str(error).splitlines()[0]}",
            hint="Try again; where it happens each time, the server's log says why.",
        ) from error
    return [answer_of(cursor) for cursor in cursors]


@contextmanager
def _snapshot(connection: psycopg.Connection[Any], timeout_ms: int) -> Iterator[None]:
    """A pipeline around one read-only transaction; inside an open transaction, a savepoint of it."""
    from psycopg.pq import TransactionStatus

    own = connection.info.transaction_status is TransactionStatus.IDLE
    autocommit = connection.autocommit
    if own and not autocommit:
        connection.autocommit = True  # psycopg's own BEGIN would cost a round trip
    opening, closing = (_OPEN, _CLOSE) if own else (_OPEN_NESTED, _CLOSE_NESTED)
    try:
        with connection.pipeline():
            for statement in (opening, _pins(timeout_ms)):
                connection.execute(statement, prepare=False)
            yield
            for statement in closing:
                connection.execute(statement, prepare=False)
    except Exception:
        _leave(connection, own)
        raise
    finally:
        if own and not autocommit and not connection.closed:
            connection.autocommit = False


_OPEN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_CLOSE = ("COMMIT",)
_OPEN_NESTED = "SAVEPOINT todo_db_read"
_CLOSE_NESTED = ("ROLLBACK TO SAVEPOINT todo_db_read", "RELEASE SAVEPOINT todo_db_read")


def _leave(connection: psycopg.Connection[Any], own: bool) -> None:
    """After an error: the connection is as it was found, unless it is gone."""
    from psycopg.pq import TransactionStatus

    if connection.closed or connection.info.transaction_status is TransactionStatus.IDLE:
        return
    for statement in ("ROLLBACK",) if own else _CLOSE_NESTED:
        connection.execute(statement)


def _pins(timeout_ms: int) -> str:
    settings = {**_PINNED, "statement_timeout": str(timeout_ms)}
    return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())


def _revisions(side: str, rows: list[Row], unknown: list[Unknown]) -> tuple[str, ...] | None:
    """The content of alembic_version, None where there is no such table."""
    found: list[str] = []
    for readable, name, content in rows:
        if not readable:
            hint = f"GRANT SELECT ON {name} to the role that reads, and USAGE on its schema."
            unknown.append(Unknown(side, name, "the role may not read it", hint))
        else:
            found += content or ()
    return tuple(sorted(found)) if rows else None


def _refusal(side: str, cls: type[DbObject], reason: str) -> Unknown:
    return Unknown(side, f"every {cls.kind}", reason, "Grant the reading role SELECT on that catalog.")
