"""What the project's `migrations/env.py` does: database, lock and time limits of `todo-db migrate`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from todo_db.errors import TodoDbError
from todo_db.postgres.ignored import TABLES
from todo_db.settings import Settings, load
from todo_db.sources.runner import ATTRIBUTE, engine_over

_READING = ("check", "current", "history", "heads", "branches", "show", "revision", "merge", "edit")


def run(context: Any, **options: Any) -> None:
    """Run what Alembic was asked for; `options` go to `context.configure()` and have the last word.

    context: `alembic.context`. Within `todo-db migrate` the connection and the lock are its own; called by
    Alembic itself, the database is the one that `todo-db` would choose, and the lock is taken here.
    Metadata for autogenerate is that of the models in the settings; a revision never depends on it.
    """
    config = context.config
    chosen = {"transaction_per_migration": True, "include_object": include_object, **options}
    if context.is_offline_mode():
        offline = {
            "dialect_name": "postgresql",
            "literal_binds": True,
            "dialect_opts": {"paramstyle": "named"},
        }
        context.configure(**{**offline, **chosen})
        _migrate(context)
        return
    if config.attributes.get(ATTRIBUTE):
        with _given(config) as connection:
            context.configure(connection=connection, **chosen)
            _migrate(context)
        return
    with _as_alembic_says():
        settings = load()
        if _command(config) in ("check", "revision"):
            chosen = {"target_metadata": _metadata(settings), **chosen}
        _on_our_own(context, settings, chosen)


def include_object(obj: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave out of autogenerate what somebody else manages: tables with `info={"external": True}`."""
    table = obj if kind == "table" else getattr(obj, "table", None)
    if table is not None and table.info.get("external"):
        return False
    return not (kind == "table" and reflected and compare_to is None and name in TABLES)


def _migrate(context: Any) -> None:
    with context.begin_transaction():
        context.run_migrations()


@contextmanager
def _given(config: Any) -> Iterator[Any]:
    """The connection that was handed over, or a new one to the database that was named."""
    if (connection := config.attributes.get("connection")) is not None:
        yield connection
        return
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(config.get_main_option("sqlalchemy.url"), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _command(config: Any) -> str:
    """The name of Alembic's command, '' where Alembic is called from Python."""
    command = getattr(config.cmd_opts, "cmd", None)
    return command[0].__name__ if command else ""


def _on_our_own(context: Any, settings: Settings, options: dict[str, Any]) -> None:
    from todo_db.apply import plain, session

    def say(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    target = session.target(settings)
    for note in target.notes:
        say(f"note: {note}")
    if _command(context.config) not in _READING:
        plain.run(context, settings, target, say, options)
        return
    with session.connected(target, settings, on_wait=say) as raw, engine_over(raw) as connection:
        context.configure(connection=connection, **options)
        _migrate(context)


@contextmanager
def _as_alembic_says() -> Iterator[None]:
    """Our own errors as Alembic's, of which its command line shows the text and no traceback."""
    from alembic.util import CommandError

    try:
        yield
    except TodoDbError as error:
        parts = [error.what, error.where and f"at {error.where}", error.hint and f"hint: {error.hint}"]
        raise CommandError("\n  ".join(filter(None, parts))) from error


def _metadata(settings: Settings) -> Any:
    """The models' metadata, for autogenerate; None where the settings name no models."""
    import importlib

    from sqlalchemy import MetaData

    found: list[MetaData] = []
    sys.path.insert(0, str(settings.root))
    for name in settings.models:
        module, _, attribute = name.partition(":")
        value = importlib.import_module(module)
        if attribute:
            value = getattr(value, attribute)
        metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
        found += [metadata] if isinstance(metadata, MetaData) else []
    if settings.models and not found:
        from sqlmodel import SQLModel

        found = [SQLModel.metadata]
    return found or None
