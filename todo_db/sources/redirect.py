"""Keeps foreign code on one database: while it runs, whatever SQLAlchemy connects to is that one."""

from __future__ import annotations

import logging.config
import os
import re
import sys
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError

if TYPE_CHECKING:
    from sqlalchemy import URL

_POSTGRES_URL = re.compile(r"(postgres(?:ql)?(?:\+\w+)?)://", re.IGNORECASE)
_LIBPQ_EXTRAS = ("PGHOSTADDR", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS")


@dataclass(frozen=True, slots=True)
class Executed:
    """A statement that foreign code sent, and the line of the watched files that it comes from."""

    sql: str
    path: str | None = None
    line: int | None = None


@dataclass(slots=True)
class Watch:
    """What happens while a redirection is in force. files: those whose lines are of interest.

    refused: the last statement that PostgreSQL refused, and its error. Code that takes no notice meets only
    an aborted transaction afterwards.
    """

    url: URL
    folders: tuple[str, ...] = ()
    executed: list[Executed] = field(default_factory=list)
    last: Executed | None = None
    refused: tuple[Executed | None, BaseException] | None = None

    def note(self, sql: str) -> None:
        frame = sys._getframe(1)
        while frame is not None and not frame.f_code.co_filename.startswith(self.folders):
            frame = frame.f_back  # type: ignore[assignment]
        known = self.folders and frame is not None
        self.last = Executed(sql, frame.f_code.co_filename, frame.f_lineno) if known else Executed(sql)
        self.executed.append(self.last)


_current: Watch | None = None
_installed = False


def last() -> Executed | None:
    """The statement that is about to be sent, with its line; None outside a redirection."""
    return _current.last if _current is not None else None


@contextmanager
def only_to(url: URL, folders: Iterable[str] = ()) -> Iterator[Watch]:
    """Run the body with every SQLAlchemy engine connecting to `url`, whatever it was made for.

    folders: where the code lies whose statements are recorded with their line. Logging stays as it is, and
    standard output goes to standard error. Not for several threads.
    """
    global _current  # noqa: PLW0603
    install()
    before = _current
    watch = _current = Watch(url, tuple(f.rstrip(os.sep) + os.sep for f in folders))
    try:
        with _logging_left_alone(), redirect_stdout(sys.stderr):
            yield watch
    finally:
        _current = before


@contextmanager
def environment(url: URL, names: Iterable[str]) -> Iterator[None]:
    """Run the body with an environment that names no other database; what it changes is put back."""
    variables, path = dict(os.environ), list(sys.path)
    try:
        shield(url, names, variables)
        yield
    finally:
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(variables)


def shield(url: URL, names: Iterable[str], variables: Mapping[str, str]) -> None:
    """Let every variable of the environment that names a database name this one.

    names: variables that hold a URL, to be set even where they are not. variables: the environment as it was;
    each URL keeps the scheme that its readers expect.
    """
    found = {n: m[1] for n, v in variables.items() if (m := _POSTGRES_URL.match(v.strip()))}
    plain = urllib.parse.quote  # not what URL.render_as_string does: libpq takes no '+' for a space
    query = urllib.parse.urlencode({k: str(v) for k, v in url.query.items()}, quote_via=plain)
    rest = url.set(drivername="x", query={}).render_as_string(hide_password=False).partition(":")[2]
    for name, scheme in {**dict.fromkeys(names, "postgresql"), **found}.items():
        if name != "TODO_DB_SCRATCH_URL":
            os.environ[name] = f"{scheme}:{rest}?{query}"
    libpq = {
        "PGHOST": url.query.get("host", url.host),
        "PGPORT": url.query.get("port", url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    for name, value in {**libpq, **dict.fromkeys(_LIBPQ_EXTRAS)}.items():
        if value is not None:
            os.environ[name] = str(value)
        elif name in variables:
            os.environ.pop(name, None)


@contextmanager
def _logging_left_alone() -> Iterator[None]:
    """An env.py usually configures logging from alembic.ini, which silences everybody else's."""
    configure: Any = logging.config
    before = configure.fileConfig, configure.dictConfig
    configure.fileConfig = configure.dictConfig = lambda *_args, **_options: None
    try:
        yield
    finally:
        configure.fileConfig, configure.dictConfig = before


# ---- the hooks, installed once ------------------------------------------------------------------


def install() -> None:
    """Have SQLAlchemy tell of what it connects to and sends; doing it twice is harmless."""
    global _installed  # noqa: PLW0603
    if _installed:
        return
    from sqlalchemy import Engine, event
    from sqlalchemy.pool import Pool

    event.listen(Engine, "do_connect", _connect_here)
    event.listen(Pool, "checkout", _refuse_other_connections)
    event.listen(Engine, "before_cursor_execute", _note)
    event.listen(Engine, "handle_error", _keep)
    _installed = True


ABORTED = "25P02"  # in_failed_sql_transaction


def _keep(context: Any) -> None:
    error = context.sqlalchemy_exception
    if _current is not None and getattr(getattr(error, "orig", None), "sqlstate", None) not in (
        None,
        ABORTED,
    ):
        _current.refused = (_current.last, error)


def _connect_here(dialect: Any, record: Any, args: list[Any], parameters: dict[str, Any]) -> None:
    """Replace the parameters of a connection that is about to be made."""
    if _current is None:
        return
    if dialect.name != "postgresql":
        raise UndeterminedError(
            f"the migrations' env.py connects to {dialect.name}, not to PostgreSQL",
            hint="let it read DATABASE_URL, or sqlalchemy.url of alembic.ini",
        )
    if record is not None:
        record.info["todo-db"] = str(_current.url)
    args[:], new = dialect.create_connect_args(_current.url)
    parameters.clear()
    parameters.update(_for_asyncpg(new) if dialect.driver == "asyncpg" else new)


def _for_asyncpg(given: Mapping[str, Any]) -> dict[str, Any]:
    """libpq's parameters as asyncpg takes them; what it has no word for is left out."""
    known = ("host", "port", "user", "password", "database")
    result = {k: given[k] for k in known if given.get(k) not in (None, "")}
    settings = dict(re.findall(r"-c\s*(\w+)=(\S+)", given.get("options", "")))
    if settings:
        result["server_settings"] = settings
    if "sslmode" in given:
        result["ssl"] = given["sslmode"]
    return {**result, **{k: v for k, v in given.items() if k.startswith("prepared_statement")}}


def _refuse_other_connections(_connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that was pooled before the redirection leads elsewhere: the pool has to make a new one."""
    if _current is not None and record.info.get("todo-db") not in (str(_current.url), OURS):
        from sqlalchemy.exc import DisconnectionError

        raise DisconnectionError("not made for this database")


OURS = "ours"
"""Marks a pool's record as a connection that this program made itself."""


def _note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if _current is not None:
        _current.note(statement)
