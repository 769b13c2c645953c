"""An engine over an application's pool that serves user sessions only: each statement passes the guard.

What a connection sends is compiled by `ScopedCompiler`; what is written is checked by `writes`; strings,
DDL and the driver's own connection are refused.
"""

from __future__ import annotations

import copy
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
    quoted_name,
)
from sqlalchemy.sql.expression import FunctionElement, SelectBase

from todo_db.access import writes
from todo_db.access.compiler import ScopedCompiler
from todo_db.access.errors import UnscopedError
from todo_db.ownership.declared import Ownerships

RAW_HINT = "use session.raw(sql, reason=…): it runs where row level security holds for this role"
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


class _Sealed:
    """What SQLAlchemy needs of the driver's connection to end a transaction, and no way to a cursor."""

    def __init__(self, connection: Any) -> None:
        self.commit, self.rollback, self.info = connection.commit, connection.rollback, connection.info

    def __getattr__(self, name: str) -> NoReturn:
        raise UnscopedError("the driver's connection cannot be held to one user's rows", hint=RAW_HINT)


class ScopedConnection(Connection):
    """A connection of a user session."""

    todo_db_scope: Scope | None = None
    _todo_db_sealed = False

    def __init__(self, engine: Engine, connection: Any = None, **options: Any) -> None:
        super().__init__(engine, connection=connection or _checked_out(engine), **options)

    @property
    def connection(self) -> Any:
        """The driver's connection; sealed as soon as a session has it."""
        plain = super().connection
        return _Sealed(plain) if self._todo_db_sealed else plain

    @contextmanager
    def todo_db_opening(self, scope: Scope) -> Iterator[None]:
        """Belong to this scope; the driver's connection is within reach in this block, and never again."""
        self.todo_db_scope = scope
        with scope.allowing_raw():
            yield
        self._todo_db_sealed = True


def _checked_out(engine: Engine) -> Any:
    """A connection from the pool, with SQLAlchemy's own errors; `raw_connection` is closed to everybody."""
    dialect: Any = engine.dialect
    try:
        return engine.pool.connect()
    except dialect.loaded_dbapi.Error as error:
        Connection._handle_dbapi_exception_noconnection(error, dialect, engine)
        raise


class ScopedEngine(OptionEngine):
    """An engine over the same pool; made by `scoped_engine`."""

    _connection_cls = ScopedConnection
    plain_dialect: Any  # the pool's own, for text that row level security alone holds

    def raw_connection(self) -> NoReturn:
        raise UnscopedError("a raw connection cannot be held to one user's rows", hint=RAW_HINT)


def scoped_engine(
    engine: Engine, ownerships: Ownerships, functions: frozenset[str] = frozenset(), **options: Any
) -> ScopedEngine:
    """An engine over `engine`'s pool for user sessions; options are execution options of the engine."""
    result = ScopedEngine(engine, options)
    dialect: Any = copy.copy(engine.dialect)
    dialect.statement_compiler = ScopedCompiler
    dialect.todo_db_ownerships = ownerships
    dialect.todo_db_functions = functions
    dialect.identifier_preparer = _quoting(dialect)
    result.plain_dialect, result.dialect = engine.dialect, dialect
    event.listen(result, "before_execute", _before_execute, retval=True)
    event.listen(result, "after_execute", _after_execute)
    event.listen(result, "before_cursor_execute", _before_cursor_execute)
    return result


def _quoting(dialect: Any) -> Any:
    """A preparer that quotes names whatever they ask for: `quoted_name(…, quote=False)` is text, too."""

    class Quoting(dialect.preparer):  # type: ignore[misc]
        def quote(self, ident: str) -> Any:
            plain = str.__str__(ident) if isinstance(ident, quoted_name) and not ident.quote else ident
            return super().quote(plain)

    return Quoting(dialect)


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
