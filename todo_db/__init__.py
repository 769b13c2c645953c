"""Holds a database's spec, SQLModel models, Alembic migrations and live PostgreSQL to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from todo_db.startup import SchemaMismatchError, assert_schema

__version__ = "0.1.0"
__all__ = ["SchemaMismatchError", "__version__", "assert_schema"]


def __getattr__(name: str) -> Any:
    """What applications import from here, loaded when it is asked for: the command line never needs it."""
    if name in ("SchemaMismatchError", "assert_schema"):
        from todo_db import startup

        return getattr(startup, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
