"""Engines with psycopg 3, sync and async, that are right for Neon's pooler and for direct hosts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine

from todo_db.errors import UsageError
from todo_db.postgres import target as targets

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from todo_db.postgres.target import Target

NAMES = ("DATABASE_URL", "DATABASE_URL_UNPOOLED")
# Neon suspends a compute after five minutes without a query; its sockets are dead afterwards.
RECYCLE_SECONDS = 240
CONNECT_SECONDS = 10
PREPARE_AFTER = 5  # psycopg's own default


def make_engine(
    url: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    project: Path | None = None,
    pooled: bool | None = None,
    prepared: bool | None = None,
    isolation_level: str | None = None,
    **options: Any,
) -> Engine:
    """An engine for `url`, else for DATABASE_URL of the environment or of the project's `.env`.

    pooled: a transaction pooler stands before the database; None: as its name tells. prepared: whether
    statements may be prepared on the server; None: not through a pooler, since whether that is safe depends
    on the pooler's version (PgBouncer 1.22 or newer, and `psycopg.capabilities.has_send_close_prepared()`).
    options go to `create_engine` and count more than what is chosen here.
    Raises UsageError without a URL, or for one that cannot be read.
    """
    target = find_target(url, environ=environ, project=project)
    settings = _settings(target, pooled=pooled, prepared=prepared, isolation_level=isolation_level)
    return create_engine(target.sqlalchemy_url(), **_merged(settings, options))


def make_async_engine(
    url: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    project: Path | None = None,
    pooled: bool | None = None,
    prepared: bool | None = None,
    isolation_level: str | None = None,
    **options: Any,
) -> AsyncEngine:
    """As `make_engine`, for asyncio. Raises UsageError without greenlet, which `todo-db[async]` installs."""
    try:
        import greenlet  # type: ignore[import-untyped,unused-ignore]  # noqa: F401
    except ImportError:
        raise UsageError(
            "async sessions need greenlet, which SQLAlchemy 2.1 does not install by itself",
            hint="pip install 'todo-db[async]'",
        ) from None
    from sqlalchemy.ext.asyncio import create_async_engine

    target = find_target(url, environ=environ, project=project)
    settings = _settings(target, pooled=pooled, prepared=prepared, isolation_level=isolation_level)
    return create_async_engine(target.sqlalchemy_url(), **_merged(settings, options))


def find_target(
    url: str | None = None, *, environ: Mapping[str, str] = os.environ, project: Path | None = None
) -> Target:
    """The database that an application connects to. An application never gets a server of our own.

    Raises UsageError.
    """
    if url:
        return targets.from_url(url)
    named = targets.named_urls(project or Path.cwd(), environ, NAMES)
    if not named:
        raise UsageError(
            "DATABASE_URL is not set, so there is no database to connect to",
            hint="set it in the environment or in .env: postgresql://user:password@host/database",
        )
    return targets.from_url(named[0].text, origin=named[0].origin)


def _settings(
    target: Target, *, pooled: bool | None, prepared: bool | None, isolation_level: str | None
) -> dict[str, Any]:
    through_pooler = target.pooled if pooled is None else pooled
    prepare = not through_pooler if prepared is None else prepared and _can_prepare(through_pooler)
    settings: dict[str, Any] = {
        "pool_pre_ping": True,  # a connection may have died with the compute
        "pool_recycle": RECYCLE_SECONDS,
        "pool_timeout": CONNECT_SECONDS,
        "hide_parameters": True,  # error messages and logs do not show users' data
        "connect_args": {
            "prepare_threshold": PREPARE_AFTER if prepare else None,
            **({} if "connect_timeout=" in target.conninfo else {"connect_timeout": CONNECT_SECONDS}),
        },
    }
    if isolation_level:
        settings["isolation_level"] = isolation_level
    return settings


def _can_prepare(through_pooler: bool) -> bool:
    """Whether prepared statements can be closed through a pooler; elsewhere they always can be used."""
    import psycopg

    return not through_pooler or psycopg.capabilities.has_send_close_prepared()


def _merged(settings: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {**settings["connect_args"], **options.get("connect_args", {})}
    merged = {**settings, **options, "connect_args": arguments}
    if "poolclass" in options:  # others than QueuePool do not know a timeout
        merged.pop("pool_timeout")
    return merged
