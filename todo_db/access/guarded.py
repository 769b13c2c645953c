"""An engine over an application's pool that serves user sessions only: each statement passes the guard.

What a connection sends is compiled by `ScopedCompiler`; what is written is checked by `writes`; strings,
DDL and the driver's own connection are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import (
    ReleaseSavepointClause,
    RollbackToSavepointClause,
    SavepointClause,
)
from sqlalchemy.sql.expression import FunctionElement, SelectBase

from todo_db.access import writes
from todo_db.access.errors import UnscopedError
from todo_db.access.sealed import RAW_HINT, SealedConnection, SealedPool, scoped_dialect
from todo_db.ownership.declared import Ownerships

_ALLOWED = (SelectBase, Insert, Update, Delete, FunctionElement)
_SAVEPOINTS = (SavepointClause, RollbackToSavepointClause, ReleaseSavepointClause)


@dataclass(slots=True)
class Scope:
    """Whose rows a session works with, and what it allows for the moment."""

    ownerships: Ownerships
    user_id: Any
    organization_id: Any = None
    flushing: bool = False
    raw: bool = field(default=False)

    @contextmanager
    def allowing_raw(self) -> Iterator[None]:
        """Let strings pass to the driver inside this block."""
        self.raw = True
        try:
            yield
        finally:
            self.raw = False


class ScopedConnection(Connection):
    """A connection of a user session."""

    todo_db_scope: Scope | None = None
    _todo_db_sealed = False

    def __init__(self, engine: Engine, connection: Any = None, **options: Any) -> None:
        super().__init__(engine, connection=connection or _checked_out(engine), **options)
        self._todo_db_sealed = True

    @property
    def connection(self) -> Any:
        """The driver's connection, sealed."""
        plain = super().connection
        return SealedConnection(plain) if self._todo_db_sealed else plain

    def execution_options(self, **options: Any) -> Any:
        if options.keys() & {"isolation_level", "schema_translate_map"}:
            raise UnscopedError(
                "a user session's transaction is begun in one way, which names the user",
                hint="UserSessions(engine, ownerships, isolation_level=…) is for all transactions",
            )
        return super().execution_options(**options)

    @contextmanager
    def todo_db_opening(self, scope: Scope) -> Iterator[None]:
        """Belong to this scope; the driver's connection is within reach in this block only."""
        self.todo_db_scope = scope
        self._todo_db_sealed = False
        try:
            with scope.allowing_raw():
                yield
        finally:
            self._todo_db_sealed = True


def _checked_out(engine: Any) -> Any:
    """A connection from the pool, with SQLAlchemy's own errors; `raw_connection` is closed to everybody."""
    dialect = engine.dialect
    try:
        found = engine.todo_db_pool.connect()
    except dialect.loaded_dbapi.Error as error:
        Connection._handle_dbapi_exception_noconnection(error, dialect, engine)
        raise
    dialect.todo_db_learn()
    return found


class ScopedEngine(OptionEngine):
    """An engine over the same pool; made by `scoped_engine`."""

    _connection_cls = ScopedConnection
    plain_dialect: Any  # the pool's own, for text that row level security alone holds

    @property
    def todo_db_pool(self) -> Any:
        return self._proxied.pool

    @property
    def pool(self) -> Any:  # type: ignore[override]
        """The application's pool, sealed."""
        return SealedPool(self.todo_db_pool)

    def raw_connection(self) -> NoReturn:
        raise UnscopedError("a raw connection cannot be held to one user's rows", hint=RAW_HINT)

    def execution_options(self, **options: Any) -> NoReturn:
        raise UnscopedError(
            "an engine with other options would not hold to one user's rows",
            hint="give the options to the statement: statement.execution_options(…)",
        )


def scoped_engine(
    engine: Engine, ownerships: Ownerships, functions: frozenset[str] = frozenset(), **options: Any
) -> ScopedEngine:
    """An engine over `engine`'s pool for user sessions; options are execution options of the engine."""
    result = ScopedEngine(engine, options)
    result.plain_dialect = engine.dialect
    result.dialect = scoped_dialect(engine.dialect, ownerships, functions)
    event.listen(result, "before_execute", _before_execute, retval=True)
    event.listen(result, "after_execute", _after_execute)
    event.listen(result, "before_cursor_execute", _before_cursor_execute)
    return result


def _scope_of(connection: Connection) -> Scope:
    scope: Scope | None = getattr(connection, "todo_db_scope", None)
    if scope is None:
        raise UnscopedError(
            "this connection belongs to no user session",
            hint="work through the session: session.exec(select(…))",
        )
    return scope


def _before_execute(
    connection: Connection, statement: Any, multiparams: Any, params: Any, options: Any
) -> tuple[Any, Any, Any]:
    if isinstance(statement, _SAVEPOINTS):
        return statement, multiparams, params
    scope = _scope_of(connection)
    if not isinstance(statement, _ALLOWED):
        raise UnscopedError(
            f"{type(statement).__name__} cannot be held to one user's rows",
            hint="write it with select(), insert(), update(), delete() of models, or " + RAW_HINT,
        )
    if options.get("schema_translate_map"):
        raise UnscopedError(
            "schema_translate_map leads to tables of which nobody said whose they are",
            hint="declare the tables of each schema",
        )
    if isinstance(statement, (Insert, Update, Delete)):
        return writes.checked(connection, scope, statement, multiparams, params)
    return statement, multiparams, params


def _after_execute(  # noqa: PLR0917  # SQLAlchemy's
    connection: Connection, statement: Any, multiparams: Any, params: Any, options: Any, result: Any
) -> None:
    if isinstance(statement, Delete) and _scope_of(connection).flushing:
        writes.deleted(statement, max(len(multiparams), 1), result.rowcount)


def _before_cursor_execute(  # noqa: PLR0917  # SQLAlchemy's
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    if context is None or context.compiled is not None:
        return
    if not _scope_of(connection).raw:
        raise UnscopedError("a string cannot be held to one user's rows", hint=RAW_HINT)
