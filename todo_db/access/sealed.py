"""A dialect for user sessions: it renders no text that is not checked, and lends no driver's connection.

Nothing public leads from a result, an event or a pool to a cursor that runs strings.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from sqlalchemy import Dialect
from sqlalchemy.sql.elements import quoted_name

from todo_db.access.compiler import ScopedCompiler
from todo_db.access.errors import UnscopedError
from todo_db.ownership.declared import Ownerships

RAW_HINT = "use session.raw(sql, reason=…): it runs where row level security holds for this role"
# What SQLAlchemy reads of a cursor once a statement ran.
_READS = frozenset(
    {"arraysize", "close", "description", "fetchall", "fetchmany", "fetchone", "nextset", "rowcount"}
    | {"lastrowid", "statusmessage", "_async_soft_close"}
)
_TYPE = re.compile(r"""(?:[\w .,\[\]]|\([\w ,]*\)|"[^"]*")*""")


def _refuse() -> NoReturn:
    raise UnscopedError("the driver's connection cannot be held to one user's rows", hint=RAW_HINT)


class SealedConnection:
    """What SQLAlchemy needs of the driver's connection to end a transaction, and no way to a cursor."""

    def __init__(self, connection: Any) -> None:
        self.commit, self.rollback, self.info = connection.commit, connection.rollback, connection.info

    def __getattr__(self, name: str) -> NoReturn:
        _refuse()


class SealedCursor:
    """A cursor that gives what was found, and runs nothing."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name) if name in _READS else _refuse()


class SealedPool:
    """The application's pool, for SQLAlchemy's own care of it: it hands out no connection."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def connect(self) -> NoReturn:
        _refuse()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


class _Runs:
    """What a dialect does with a cursor. Mixed in before the application's own dialect."""

    def do_execute(self, cursor: Any, *arguments: Any, **named: Any) -> None:
        super().do_execute(_plain(cursor), *arguments, **named)  # type: ignore[misc]

    def do_execute_no_params(self, cursor: Any, *arguments: Any, **named: Any) -> None:
        super().do_execute_no_params(_plain(cursor), *arguments, **named)  # type: ignore[misc]

    def do_executemany(self, cursor: Any, *arguments: Any, **named: Any) -> None:
        super().do_executemany(_plain(cursor), *arguments, **named)  # type: ignore[misc]

    def todo_db_learn(self) -> None:
        """Take over what the application's dialect has learnt of the server, which it does on connecting."""
        state: dict[str, Any] = self.__dict__
        learnt = state["todo_db_plain"].__dict__
        if "server_version_info" in learnt and "server_version_info" not in state:
            state.update({k: v for k, v in learnt.items() if k not in state["todo_db_own"]})


def _plain(cursor: Any) -> Any:
    return cursor._cursor if isinstance(cursor, SealedCursor) else cursor


def scoped_dialect(plain: Dialect, ownerships: Ownerships, functions: frozenset[str]) -> Any:
    """A dialect that speaks as `plain` does, for statements that are held to one user's rows.

    functions: those of the application that are known to keep to the caller's rows.
    """
    kind: Any = type(plain)
    class_: Any = type(f"Scoped{kind.__name__}", (_Runs, kind), {"supports_statement_cache": True})
    made: Any = object.__new__(class_)
    made.__dict__.update(plain.__dict__)
    own = {
        "todo_db_plain": plain,
        "todo_db_ownerships": ownerships,
        "todo_db_functions": functions,
        "statement_compiler": ScopedCompiler,
        "execution_ctx_cls": _sealing(kind.execution_ctx_cls),
        "identifier_preparer": _quoting(kind.preparer)(made),
    }
    types = _checking(type(plain.type_compiler_instance))(made)
    own |= {"type_compiler_instance": types, "type_compiler": types}
    made.__dict__.update(own, todo_db_own=frozenset({*own, "todo_db_own"}))
    made.todo_db_learn()
    return made


def _sealing(kind: Any) -> Any:
    """An execution context whose cursor leads nowhere."""

    class Sealing(kind):  # type: ignore[misc]
        def create_cursor(self) -> Any:
            return SealedCursor(super().create_cursor())

    return Sealing


def _quoting(kind: Any) -> Any:
    """A preparer that quotes names whatever they ask for: `quoted_name(…, quote=False)` is text, too."""

    class Quoting(kind):  # type: ignore[misc]
        def quote(self, ident: str) -> Any:
            plain = str.__str__(ident) if isinstance(ident, quoted_name) and not ident.quote else ident
            return super().quote(plain)

    return Quoting


def _checking(kind: Any) -> Any:
    """A compiler of types that lets through what can be a type's name, and nothing that ends it."""

    class Checking(kind):  # type: ignore[misc]
        def process(self, type_: Any, **kw: Any) -> Any:
            text = super().process(type_, **kw)
            if not _TYPE.fullmatch(text):
                what = f"the type {text[:40]!r} is text, which cannot be held to one user's rows"
                raise UnscopedError(what, hint="name a type, with numbers in brackets at most")
            return text

    return Checking
