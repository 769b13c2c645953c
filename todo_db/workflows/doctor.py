"""`todo-db doctor`: what is installed, which database would be used and why, and can it be reached."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError, UndeterminedError
from todo_db.findings import Report, Unknown
from todo_db.workflows.doctor_role import look

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Purpose, Target
    from todo_db.settings import Settings
    from todo_db.sources.workspace import Workspace

    Connection = psycopg.Connection[tuple[Any, ...]]

LIBRARIES = ("todo-db", "sqlmodel", "sqlalchemy", "alembic", "psycopg", "psycopg-binary", "typer")
VARIABLES = (
    "DATABASE_URL",
    "DATABASE_URL_UNPOOLED",
    "TODO_DB_SCRATCH_URL",
    "TODO_DB_PG_BIN",
    "XDG_CACHE_HOME",
    "TMPDIR",
)
SLOW_MS = 200.0


class Status(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `text` is what was found, `hint` what to do. Neither holds a secret."""

    name: str
    status: Status
    text: str
    hint: str | None = None

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{'warning: ' if self.status is Status.WARN else ''}{self.name}: {self.text}{hint}"


def examine(ws: Workspace) -> Report:
    """The checks as a report: what is wrong counts as unknown (exit 3), the rest is told."""
    found = checks(ws.settings.root, ws.environ, url=ws.url, say=ws.say, tenant=ws.settings.tenant)
    return Report(
        command="doctor",
        unknown=tuple(Unknown("doctor", c.name, c.text, c.hint) for c in found if c.status is Status.ERROR),
        notes=tuple(str(check) for check in found if check.status is not Status.ERROR),
        extra={"checks": [asdict(check) for check in found]},
    )


def checks(
    project: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    url: str | None = None,
    wait: float = 20.0,
    say: Callable[[str], None] | None = None,
    tenant: str | None = None,
) -> list[Check]:
    """Look at everything that commands depend on, in their order; never raises for what it finds.

    url: the `--url` option. wait: seconds for a server that is starting, of which `say` is told. What lies
    behind something that failed is not in the list. tenant: the one schema that is meant.
    """
    from todo_db.postgres.connect import connect
    from todo_db.postgres.target import resolve

    found = [_python(), _libraries()]
    settings: Settings | None = _guarded(found, "settings", lambda: _settings(project))
    found += _variables(environ)
    if not environ.get("TODO_DB_SCRATCH_URL"):
        _guarded(found, "PostgreSQL programs", lambda: found.append(_programs(environ)))
    found += _folders(environ)
    _guarded(found, "scratch server", lambda: found.append(_scratch(environ)))
    names = (settings.database_url, settings.direct_url) if settings else VARIABLES[:2]
    resolved = partial(
        resolve, url, project=settings.root if settings else project, environ=environ, names=names
    )
    session: Callable[..., Any] = partial(connect, read_only=True, wait=wait, on_wait=say)
    if tenant is not None:
        session = partial(_within, session, tenant)
    return found + _databases(resolved, session, settings.app_role if settings else None)


@contextmanager
def _within(session: Callable[..., Connection], schema: str, target: Target, **facts: Any) -> Iterator[Any]:
    """A session that sees one schema only, until its transaction ends. Raises UndeterminedError."""
    from todo_db.postgres import tenant

    with session(target, **facts) as connection:
        tenant.path_of(connection, schema, target.shown)
        connection.execute("SELECT set_config('search_path', %s, true)", (tenant.path_text([schema]),))
        yield connection


def _guarded(found: list[Check], name: str, look: Callable[[], Any]) -> Any:
    """What `look` gives; an error that is explained becomes a check, and None is given."""
    try:
        return look()
    except TodoDbError as error:
        where = f" ({error.where})" if error.where else ""
        found.append(Check(name, Status.ERROR, f"{error.what}{where}", error.hint))
    return None


def _python() -> Check:
    text = f"{platform.python_version()} in {sys.prefix}, {platform.system()} {platform.machine()}"
    return Check("Python", Status.OK, text)


def _libraries() -> Check:
    found = {name: _version(name) for name in LIBRARIES}
    text = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    missing = [name for name in LIBRARIES[1:5] if not found[name]]
    if missing:
        return Check("libraries", Status.ERROR, f"missing: {', '.join(missing)}", "pip install todo-db")
    return Check("libraries", Status.OK, text)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _settings(project: Path) -> Settings:
    from todo_db.settings import load

    return load(project)


def _variables(environ: Mapping[str, str]) -> Iterator[Check]:
    """The variables that are set, with passwords masked."""
    from todo_db.masking import mask

    for name in VARIABLES:
        if value := environ.get(name):
            yield Check(name, Status.OK, mask(value))


def _programs(environ: Mapping[str, str]) -> Check:
    from todo_db.postgres import binaries

    found = binaries.find(environ)
    return Check("PostgreSQL programs", Status.OK, f"{found.version} in {found.bin_dir} ({found.origin})")


def _folders(environ: Mapping[str, str]) -> Iterator[Check]:
    from todo_db.postgres import folders

    cache = folders.cache_dir(environ)
    nearest = next(path for path in (cache, *cache.parents) if path.exists())
    if os.access(nearest, os.W_OK):
        yield Check("cache", Status.OK, str(cache))
    else:
        yield Check(
            "cache", Status.ERROR, f"{cache} cannot be written", "set XDG_CACHE_HOME to a folder of yours"
        )
    free = folders.free(folders.SHM)
    text = f"{folders.SHM}: {free >> 20} MB free"
    if free > folders.SHM_NEEDED:
        yield Check("memory for scratch", Status.OK, text)
    else:
        hint = f"with over {folders.SHM_NEEDED >> 20} MB there, scratch servers start twice as fast"
        yield Check("memory for scratch", Status.WARN, text, hint)


def _scratch(environ: Mapping[str, str]) -> Check:
    """Start a scratch server, and say how long it took."""
    from todo_db.postgres.scratch import Scratch

    started = time.perf_counter()
    with Scratch(environ) as scratch:
        scratch.database()
        version = scratch.server_version
        took = (time.perf_counter() - started) * 1000
    return Check("scratch server", Status.OK, f"PostgreSQL {_numbered(version)}, ready in {took:.0f} ms")


def _numbered(version: int) -> str:
    return f"{version // 10000}.{version % 10000}"


def _databases(
    resolved: Callable[..., Target], session: Callable[..., Connection], app_role: str | None
) -> list[Check]:
    """What is chosen for reading and for migrating, and what a session there says."""
    found: list[Check] = []
    asked: set[str] = set()
    purposes: tuple[Purpose, ...] = ("read", "migrate")
    for purpose in purposes:
        name = "database for reading" if purpose == "read" else "database for migrating"
        target: Target | None = _guarded(found, name, partial(resolved, purpose=purpose))
        if target is None:
            continue
        kind = "pooled" if target.pooled else "direct"
        found.append(Check(name, Status.OK, f"{target.shown} ({kind}, from {target.origin})"))
        found += [Check(name, Status.WARN, note) for note in target.notes]
        if target.conninfo not in asked:
            asked.add(target.conninfo)
            found += (
                _guarded(found, f"{name}: session", partial(_answers, target, session, purpose, app_role))
                or []
            )
    return found


def _answers(
    target: Target, session: Callable[..., Connection], purpose: Purpose, app_role: str | None
) -> list[Check]:
    """What the server says about itself, our role, and Alembic's stamp; asked read-only."""
    import psycopg

    with session(target, application_name="todo-db doctor") as connection:
        try:
            # the embedded server's owner is made for migrating, as Neon's is
            applications = purpose == "read" and not target.embedded
            return list(_ask(connection, app_role, applications=applications))
        except psycopg.Error as error:
            said = target.mask(error.diag.message_primary or type(error).__name__)
            raise UndeterminedError(f"the server did not answer: {said}", where=target.shown) from None


def _ask(connection: Connection, app_role: str | None, *, applications: bool) -> Iterator[Check]:
    """The server, the way to it, the role, and Alembic's stamp."""
    started = time.perf_counter()
    connection.execute("SELECT 1")
    took = (time.perf_counter() - started) * 1000
    version = _numbered(connection.info.server_version)
    encrypted = "TLS" if connection.pgconn.ssl_in_use else "not encrypted"
    yield Check("server", Status.OK, f"PostgreSQL {version}, {encrypted}, round trip {took:.1f} ms")
    if not connection.pgconn.ssl_in_use and not _is_local(connection):
        yield Check(
            "encryption", Status.WARN, "the connection is not encrypted", "add sslmode=require to the URL"
        )
    if took > SLOW_MS:
        yield Check("round trip", Status.WARN, f"{took:.0f} ms", "run where the database is near")
    for status, text, hint in look(connection, app_role, applications=applications):
        yield Check("role", Status(status), text, hint)
    yield _stamp(connection)


def _is_local(connection: Connection) -> bool:
    host = connection.info.host
    return host.startswith("/") or host in {"localhost", "127.0.0.1", "::1", ""}


def _stamp(connection: Connection) -> Check:
    """Alembic's stamp; the table is looked for first, since a failed SELECT would end the transaction."""
    row = connection.execute("SELECT pg_catalog.to_regclass('alembic_version') IS NOT NULL").fetchone()
    if not row or not row[0]:
        tables = connection.execute(
            "SELECT count(*) FROM pg_catalog.pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND (schemaname = current_schema()"
            " OR btrim(current_setting('search_path'), '\"') <> current_schema())"
        ).fetchone()
        count = tables[0] if tables else 0
        if not count:
            return Check("Alembic", Status.OK, "an empty database, not migrated yet", "todo-db migrate")
        return Check(
            "Alembic", Status.WARN, f"{count} tables and no alembic_version", "todo-db adopt takes it over"
        )
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    stamps = ", ".join(sorted(str(stamp) for (stamp,) in rows))
    return Check("Alembic", Status.OK, f"stamped {stamps}" if stamps else "alembic_version is empty", None)
