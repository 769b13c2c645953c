"""What the project's `migrations/env.py` does: database, lock and time limits of `todo-db migrate`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError
from todo_db.postgres.ignored import TABLES
from todo_db.settings import Settings, load
from todo_db.sources.runner import ATTRIBUTE, engine_over

if TYPE_CHECKING:
    from todo_db.apply.recorder import Recorder
    from todo_db.sources.history import History

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
    from todo_db.apply import concurrently, lock, session
    from todo_db.apply.recorder import Recorder

    def say(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    target = session.target(settings)
    for note in target.notes:
        say(f"note: {note}")
    with session.connected(target, settings, on_wait=say) as raw:
        if _command(context.config) in _READING:
            with engine_over(raw) as connection:
                context.configure(connection=connection, **options)
                _migrate(context)
            return
        found = _history(settings)
        with lock.held(raw, say) as waited:
            session.see_to(raw, target)
            recorder = Recorder(raw, found, say)
            with concurrently.unhurried(), engine_over(raw) as connection:
                _configure_recorded(context, recorder, connection, options)
                try:
                    _migrate(context)
                except BaseException as error:
                    recorder.failed(_reason(error))
                    raise
            if waited and not recorder.count:
                say("nothing was left to do")


def _history(settings: Settings) -> History:
    """The revisions; an empty history where Alembic can read the files and we cannot."""
    from todo_db.sources import history
    from todo_db.sources.layout import find

    try:
        return history.read(settings)
    except TodoDbError:
        return history.History(find(settings))


def _configure_recorded(context: Any, recorder: Recorder, connection: Any, options: dict[str, Any]) -> None:
    """Let Alembic write each revision into the ledger; what env.py asks for in addition stays."""
    given = options.get("on_version_apply") or ()
    callbacks = [*given] if isinstance(given, list | tuple) else [given]
    own = {**options, "on_version_apply": [*callbacks, recorder.applied]}
    context.configure(connection=connection, **own)
    walk = context.get_context().opts["fn"]  # what the command does; known once it is configured
    context.configure(connection=connection, **own, fn=recorder.watched(walk))


def _reason(error: BaseException) -> str:
    """What PostgreSQL said, for the ledger; without the detail, which may hold a row."""
    original = getattr(error, "orig", None) or error
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    return primary or type(error).__name__


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
