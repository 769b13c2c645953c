"""Runs revisions one by one through the project's own env.py, on one database only."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError, UndeterminedError
from todo_db.settings import Settings
from todo_db.sources.history import History
from todo_db.sources.redirect import ABORTED, OURS, Executed, Watch, only_to

if TYPE_CHECKING:
    import psycopg
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

ATTRIBUTE = "todo-db"
"""Set in Alembic's `config.attributes` while this program runs env.py: the lock is held already."""


class RevisionFailedError(UndeterminedError):
    """A revision did not run. `sql` is the statement that failed, `sqlstate` PostgreSQL's code for it."""

    def __init__(self, what: str, *, where: str | None, hint: str | None, failed: Failed) -> None:
        super().__init__(what, where=where, hint=hint)
        self.failed = failed

    @property
    def of_rows(self) -> bool:
        """Whether it lies in the data: a value that cannot be, a constraint that does not hold."""
        return (self.failed.sqlstate or "")[:2] in ("22", "23")


@dataclass(frozen=True, slots=True)
class Failed:
    """What is known of a failure: the revision, its statement and what PostgreSQL said.

    lost: the connection is gone, so that a COMMIT may have arrived or not. first: no statement of the
    revision had been carried out before.
    """

    revision: str
    message: str
    sql: str | None = None
    sqlstate: str | None = None
    path: str | None = None
    line: int | None = None
    lost: bool = False
    first: bool = False


class Runner:
    """Runs env.py for one revision at a time, so that each has its own transaction whatever env.py says.

    To be used within `redirect.environment`, or in a process of its own.

    connection: where given, env.py is handed this one (Alembic's `config.attributes["connection"]`); an
    env.py that opens its own is led to `url`. extra: folders with revision files beside the history's own.
    tenant: what `-x tenant=` is, as Alembic's recipe for a schema per customer asks for it; default: the
    schema that is the target, if it is one. on_apply: Alembic's `on_version_apply`, called in the
    revision's transaction whatever env.py says.
    """

    def __init__(
        self,
        settings: Settings,
        history: History,
        *,
        url: str,
        connection: psycopg.Connection[Any] | None = None,
        extra: Iterable[Path] = (),
        on_apply: Callable[..., None] | None = None,
        tenant: str | None = None,
    ) -> None:
        from sqlalchemy import make_url

        self.settings = settings
        self.history = history
        self.url = make_url(url)
        self.executed: list[Executed] = []
        self._folders = [*map(str, history.layout.versions), *map(str, extra)]
        self.connection = connection
        self._extra = tuple(extra)
        self._on_apply = on_apply
        self._tenant = settings.tenant or tenant
        self._script: ScriptDirectory | None = None
        self._path: list[str] = []

    def use(self, url: str) -> None:
        """Lead env.py to this URL from now on."""
        from sqlalchemy import make_url

        self.url = make_url(url)

    def upgrade(self, revision: str) -> list[Executed]:
        """Apply one revision whose parents are applied. Raises RevisionFailedError."""
        return self._run([revision], up=True)

    def downgrade(self, revision: str) -> list[Executed]:
        """Take back one revision that nothing applied follows. Raises RevisionFailedError."""
        return self._run([revision], up=False)

    def sql(self, revisions: Sequence[str], start: Sequence[str]) -> str:
        """The script that applies the revisions where `start` is stamped, by Alembic's offline mode."""
        buffer = io.StringIO()
        self._run(revisions, up=True, buffer=buffer, as_sql=True, starting_rev=tuple(start) or None)
        return buffer.getvalue()

    def _run(
        self, revisions: Sequence[str], *, up: bool, buffer: io.StringIO | None = None, **options: Any
    ) -> list[Executed]:
        from alembic.runtime.environment import EnvironmentContext

        with self._redirected() as watch, self._explained(revisions[-1], watch):
            config = self._config(buffer)
            script = self._script_directory(config)
            steps = partial(_steps, script, revisions, up)
            target = revisions[-1] if up else "base"
            with (
                self._shared_connection(config),
                EnvironmentContext(config, script, fn=steps, destination_rev=target, **options) as context,
            ):
                _add_to_configure(context, self._on_apply, self.settings.tenant)
                script.run_env()
        self.executed += watch.executed
        return watch.executed

    def _redirected(self) -> AbstractContextManager[Watch]:
        return only_to(self.url, (*self._folders, str(self.history.layout.folder)))

    def _config(self, buffer: io.StringIO | None) -> Config:
        from argparse import Namespace

        from alembic.config import Config

        layout = self.history.layout
        config = Config(
            str(layout.ini) if layout.ini else None,
            str(layout.toml) if layout.toml else None,
            output_buffer=buffer,
            cmd_opts=Namespace(
                x=[f"tenant={self._tenant}"] if self._tenant else None, quiet=True, autogenerate=False
            ),
            attributes={ATTRIBUTE: True},
        )
        for name, text in (
            ("script_location", str(layout.folder)),
            ("sqlalchemy.url", self.url.render_as_string(hide_password=False)),
        ):
            config.set_main_option(name, text.replace("%", "%%"))
        return config

    def _script_directory(self, config: Config) -> ScriptDirectory:
        """The revision files, loaded once for all revisions; sys.path as alembic.ini wants it."""
        from alembic.script import ScriptDirectory

        if self._script is None:
            sys.path.insert(0, str(self.settings.root))
            self._script = ScriptDirectory.from_config(config)
            self._script.version_locations = self._folders
            self._path = list(sys.path)
        sys.path[:] = self._path
        return self._script

    @contextmanager
    def _shared_connection(self, config: Config) -> Iterator[None]:
        """Hand our own session to an env.py that takes one."""
        if self.connection is None or config.output_buffer is not None:
            yield
            return
        with engine_over(self.connection) as connection:
            config.attributes["connection"] = connection
            yield

    @contextmanager
    def _explained(self, revision: str, watch: Watch) -> Iterator[None]:
        """Any failure of foreign code as one that says where it happened."""
        try:
            yield
        except KeyboardInterrupt:
            raise
        except TodoDbError:
            raise
        except BaseException as error:
            self.executed += watch.executed
            raise self._failure(revision, error, watch) from error

    def _failure(self, revision: str, error: BaseException, watch: Watch) -> RevisionFailedError:
        from sqlalchemy.exc import DBAPIError

        path, line = _place(error, (*self._folders, str(self.history.layout.folder)))
        error = cause(error)
        state = getattr(getattr(error, "orig", None) or error, "sqlstate", None)
        if state == ABORTED and watch.refused is not None:  # what went wrong was caught, and is told here
            at, error = watch.refused
            path, line = (at.path, at.line) if at is not None else (path, line)
        own = [e for e in watch.executed if e.path is not None and Path(e.path) != self.history.layout.env]
        failed = Failed(revision, _message(error), path=path, line=line)
        if isinstance(error, DBAPIError):
            failed = Failed(
                revision,
                _message(error.orig or error),
                sql=(error.statement or "").strip() or None,
                sqlstate=getattr(error.orig, "sqlstate", None),
                path=path,
                line=line,
                lost=error.connection_invalidated,
                first=len(own) <= 1,
            )
        where = (
            f"{self.settings.relative(path)}:{line}"
            if path
            else self.settings.relative(self.history.layout.env)
        )
        what = f"revision {revision} fails: {failed.message}"
        return RevisionFailedError(what, where=where, hint=_statement_hint(failed.sql), failed=failed)


def _steps(
    script: ScriptDirectory, revisions: Sequence[str], up: bool, _heads: object, _context: object
) -> list[Any]:
    """Exactly these revisions: Alembic's own walk would take all that lies between."""
    from alembic.runtime.migration import MigrationStep

    make = MigrationStep.upgrade_from_script if up else MigrationStep.downgrade_from_script
    return [make(script.revision_map, script.get_revision(r)) for r in revisions]


def _add_to_configure(
    context: EnvironmentContext, callback: Callable[..., None] | None, tenant: str | None
) -> None:
    """Have `context.configure()`, which env.py calls, take one more `on_version_apply`.

    tenant: the schema that holds the version table: what search_path finds may be another one's.
    """
    configure: Any = context.configure
    fixed: dict[str, Any] = {"version_table_schema": tenant} if tenant else {}

    def configured(*args: Any, on_version_apply: Any = None, **options: Any) -> None:
        given = on_version_apply if isinstance(on_version_apply, list | tuple) else [on_version_apply]
        told = [c for c in (*given, callback) if c is not None]
        configure(*args, on_version_apply=told, **{**options, **fixed})

    context.configure = configured  # type: ignore[method-assign]


@contextmanager
def engine_over(connection: psycopg.Connection[Any]) -> Iterator[Connection]:
    """An SQLAlchemy connection over an open session, which stays open afterwards."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    event.listen(engine.pool, "connect", lambda _connection, record: record.info.update({"todo-db": OURS}))
    before = connection.autocommit
    connection.autocommit = False
    try:
        with engine.connect() as result:
            try:
                yield result
            finally:
                if connection.closed:
                    result.invalidate()  # else the end would try to roll back, and its failure hide the first
    finally:
        if not connection.closed:
            connection.rollback()
            connection.autocommit = before


def cause(error: BaseException) -> BaseException:
    """The failure itself: behind a lost connection, what clears up after it fails as well and hides it."""
    from sqlalchemy.exc import DBAPIError, PendingRollbackError

    before: BaseException | None = error
    while isinstance(before, PendingRollbackError):
        before = before.__context__
    return before if isinstance(before, DBAPIError) else error


def _place(error: BaseException, folders: Iterable[str]) -> tuple[str | None, int | None]:
    """The innermost line of the traceback that lies in one of the folders."""
    prefixes = tuple(folders)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(prefixes)]
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(prefixes):
        return error.filename, error.lineno
    return (frames[-1].filename, frames[-1].lineno) if frames else (None, None)


def _message(error: BaseException) -> str:
    """What an exception says, on one line; PostgreSQL's detail and hint included."""
    diag = getattr(error, "diag", None)
    if diag is not None and diag.message_primary:
        parts = [diag.message_primary, diag.message_detail and f"({diag.message_detail})"]
        return " ".join(p for p in parts if p)
    text = " ".join(str(error).split())
    name = type(error).__name__
    return text if isinstance(error, RuntimeError) and text else f"{name}: {text}" if text else name


def _statement_hint(sql: str | None) -> str | None:
    if not sql:
        return None
    text = " ".join(sql.split())
    return f"the statement was: {text if len(text) <= 300 else text[:297] + '…'}"
