"""Reads what a PostgreSQL database holds: every kind of object in one snapshot and one round trip."""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.findings import Unknown
from todo_db.objects import KINDS
from todo_db.objects.foreign import DIGEST
from todo_db.postgres import ignored
from todo_db.schema import DbObject, Key, Schema, display

if TYPE_CHECKING:
    import psycopg

Row = tuple[Any, ...]
Address = tuple[int, int, int]  # catalog, object id, number of the column or 0
Answer = tuple[list[str], list[Row]]  # the names of the columns, and the rows

OLDEST = 140000
FIRST_OID = 16384  # PostgreSQL's FirstNormalObjectId: initdb's own objects lie below it
TIMEOUT_MS = 60_000

# The catalogs that a query may name as an object's place; their ids are the same everywhere.
CATALOGS: dict[str, int] = {
    "@pg_class": 1259,
    "@pg_type": 1247,
    "@pg_proc": 1255,
    "@pg_constraint": 2606,
    "@pg_namespace": 2615,
    "@pg_extension": 3079,
    "@pg_trigger": 2620,
    "@pg_rewrite": 2618,
    "@pg_policy": 3256,
    "@pg_operator": 2617,
    "@pg_opclass": 2616,
    "@pg_opfamily": 2753,
    "@pg_collation": 3456,
    "@pg_cast": 2605,
    "@pg_statistic_ext": 3381,
    "@pg_ts_config": 3602,
    "@pg_ts_dict": 3600,
    "@pg_ts_parser": 3601,
    "@pg_ts_template": 3764,
    "@pg_publication": 6104,
    "@pg_event_trigger": 3466,
    "@pg_foreign_data_wrapper": 2328,
    "@pg_foreign_server": 1417,
    "@pg_am": 2601,
    "@pg_language": 2612,
    "@pg_conversion": 2607,
    "@pg_transform": 3576,
}

_HERE = Path(__file__).parent
_OBJECTS = _HERE.parent / "objects"
_MARKS = re.compile(r"--((?:\s*@(?:>=|<)\d+)+)\s*\Z")
_MARK = re.compile(r"@(>=|<)(\d+)")
_COMMENT = re.compile(r"^\s*--(?! @).*$")

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
) -> Schema:
    """Everything of `kinds` that the database holds, as one snapshot sees it, in one round trip.

    side: the name of the side. schemas: only what lies in these. include_system: PostgreSQL's own
    schemas too. An open transaction is read from inside and left as it was; otherwise a read-only one is
    opened and closed. What the role may not read is in the result's `unknown`.
    Raises UndeterminedError where the server is too old, gives up or goes away.
    """
    version = connection.info.server_version
    if version < OLDEST:
        raise UndeterminedError(
            f"PostgreSQL {version // 10000} is too old to be read", hint="PostgreSQL 14 or newer is needed."
        )
    params = _parameters(schemas, include_system)
    refused: dict[type[DbObject], str] = {}
    with _no_garbage_collection():
        asked, answers = _ask_what_is_allowed(connection, tuple(kinds), params, timeout_ms, refused)
        objects: dict[Key, DbObject] = {}
        addresses: dict[Address, Key] = {}
        for cls, (names, rows) in zip(asked, answers, strict=False):
            _build(cls, names, rows, objects, addresses)
        (_, revision_rows), (_, unknown_rows), (_, dependency_rows) = answers[len(asked) :]
        depends = _dependencies(dependency_rows, addresses)
    unknown = [_refusal(side, cls, reason) for cls, reason in refused.items()]
    unknown += [Unknown(side, name, reason) for name, reason in unknown_rows]
    revisions = _revisions(side, revision_rows, unknown)
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
    own = [_text(_HERE / "revisions.sql", version), _scoped(_HERE / "unknown.sql", version)]
    own.append(_text(_HERE / "dependency.sql", version))
    while True:
        asked = tuple(kind for kind in kinds if kind not in refused)
        try:
            return asked, _ask(connection, [*(query(k, version) for k in asked), *own], params, timeout_ms)
        except _RefusedError as error:
            if error.position >= len(asked):
                raise UndeterminedError(error.reason) from error
            refused[asked[error.position]] = error.reason


# ---- queries ------------------------------------------------------------------------------------


def query(cls: type[DbObject], version: int) -> str:
    """The query of a kind for a server of that version, with what it may look at in front."""
    return _scoped(_OBJECTS / f"{module_of(cls)}.sql", version)


def module_of(cls: type[DbObject]) -> str:
    """The name that a kind's Python and SQL file share."""
    return cls.__module__.rpartition(".")[2]


def _scoped(path: Path, version: int) -> str:
    """A query with those of the common CTEs in front of it that it names, directly or through others."""
    text = _text(path, version)
    needed = ""
    for name, cte in reversed(_ctes(version)):
        if re.search(rf"\b{name}\b", text + needed):
            needed = f"{cte},\n{needed}"
    if text.startswith("WITH "):
        return f"WITH {needed}{text.removeprefix('WITH ')}"
    return f"WITH {needed.rstrip().rstrip(',')}\n{text}" if needed else text


@lru_cache(maxsize=8)
def _ctes(version: int) -> list[tuple[str, str]]:
    """The common CTEs in the order in which they build on one another."""
    text = _text(_HERE / "scope.sql", version) + _text(_HERE / "owned.sql", version)
    return [
        (part.split(" ", 1)[0], part.strip()) for part in re.split(r"^-- @cte \w+\n", text, flags=re.M)[1:]
    ]


@lru_cache(maxsize=256)
def _text(path: Path, version: int) -> str:
    """A file's lines for this version, without comments."""
    major = version // 10000
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(t for t in lines if _applies(t, major) and not _COMMENT.match(t)) + "\n"


def _applies(line: str, major: int) -> bool:
    """Whether a line is meant for this major: `-- @>=15`, `-- @<15` or both at its end say so."""
    marks = _MARKS.search(line)
    if marks is None:
        return True
    return all(
        major >= int(number) if sign == ">=" else major < int(number)
        for sign, number in _MARK.findall(marks[1])
    )


def _parameters(schemas: Collection[str] | None, include_system: bool) -> dict[str, Any]:
    return {
        "system": include_system,
        "first_oid": 0 if include_system else FIRST_OID,
        "schemas": None if schemas is None else list(schemas),
        "ignored_schemas": [s for s in ignored.SCHEMAS if schemas is None or s not in schemas],
        "ignored_tables": list(ignored.TABLES),
        "ignored_roles": list(ignored.ROLES),
    }


# ---- the round trip -----------------------------------------------------------------------------


class _RefusedError(Exception):
    """The role may not read what the query at `position` asks for."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


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
    except psycopg.errors.QueryCanceled as error:
        raise UndeterminedError(f"the catalog could not be read within {timeout_ms / 1000:g} s") from error
    return [([c.name for c in cursor.description or ()], cursor.fetchall()) for cursor in cursors]


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


# ---- rows to objects ----------------------------------------------------------------------------


def _build(
    cls: type[DbObject],
    names: list[str],
    rows: list[Row],
    into: dict[Key, DbObject],
    addresses: dict[Address, Key],
) -> None:
    """One object per row; the query's columns are called like the fields that they fill.

    Columns whose name begins with @ say where PostgreSQL keeps the object: '@pg_class', and '@sub' for
    the number of a column in it.
    """
    filled = [(n, name.partition(".")) for n, name in enumerate(names) if not name.startswith("@")]
    unknown = {name for _, (name, _, _) in filled} - {f.name for f in fields(cls)}
    if unknown:
        raise ValueError(f"{module_of(cls)}.sql: no such field: {', '.join(sorted(unknown))}")
    columns = [(n, name, _CONVERT[how]) for n, (name, _, how) in filled]
    at = [(n, CATALOGS[name]) for n, name in enumerate(names) if name in CATALOGS]
    sub = names.index("@sub") if "@sub" in names else None
    for row in rows:
        made = cls(**{name: convert(row[n]) for n, name, convert in columns})
        key = made.key
        if key in into:
            raise ValueError(f"two objects are called {key}")
        into[key] = made
        for n, catalog in at:
            addresses[catalog, row[n], 0 if sub is None else row[sub]] = key


def _dependencies(rows: list[Row], addresses: dict[Address, Key]) -> dict[Key, frozenset[Key]]:
    """Which objects each object refers to, as far as both have been read."""
    result: dict[Key, set[Key]] = {}
    for catalog, oid, sub, other_catalog, other_oid, other_sub in rows:
        key = addresses.get((catalog, oid, sub)) or addresses.get((catalog, oid, 0))
        other = addresses.get((other_catalog, other_oid, other_sub)) or addresses.get(
            (other_catalog, other_oid, 0)
        )
        if key is not None and other is not None and key != other:
            result.setdefault(key, set()).add(other)
    return {key: frozenset(others) for key, others in result.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(v) for v in value) if value.__class__ is list else value


def _listed(value: Any) -> Any:
    """A list that the catalog states as NULL when it is empty."""
    return () if value is None else _tuple(value)


_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)


def _without_secret(option: str) -> str:
    """An option 'name=value' of a foreign object; of what looks like a secret only a digest is kept."""
    name, _, value = option.partition("=")
    if not _SECRET.search(name):
        return option
    return f"{name}={DIGEST}{hashlib.sha256(value.encode()).hexdigest()[:16]}"


# What is done to a value, by what follows the dot in the name of the query's column.
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "": _tuple,
    "list": _listed,
    "sorted": lambda v: tuple(sorted(v or ())),  # here, for a server sorts by its own collation
    "display": lambda v: None if v is None else display(*v),
    "called": lambda v: display(*v[0]) + v[1],
    "sorted_secret": lambda v: tuple(sorted(map(_without_secret, v or ()))),
    "displayed": lambda v: None if v is None else display(*v[0]),
    "displayed_all": lambda v: tuple(display(*parts) for parts in v),
}


def _revisions(side: str, rows: list[Row], unknown: list[Unknown]) -> tuple[str, ...] | None:
    """The content of alembic_version, None where there is no such table."""
    found: list[str] = []
    for readable, name, content in rows:
        if not readable:
            unknown.append(
                Unknown(
                    side, name, "the role may not read it", f"GRANT SELECT ON {name} TO the role that reads."
                )
            )
        else:
            found += content or ()
    return tuple(sorted(found)) if rows else None


def _refusal(side: str, cls: type[DbObject], reason: str) -> Unknown:
    return Unknown(side, f"every {cls.kind}", reason, "Grant the reading role SELECT on that catalog.")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Many small objects are made and none can be thrown away: collecting would only cost time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
