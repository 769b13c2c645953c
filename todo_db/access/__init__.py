"""The database layer of an application: engines, sessions, and access that is held to one user's rows."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from todo_db.access.engine import make_async_engine, make_engine
    from todo_db.access.errors import (
        AccessError,
        ForeignRowError,
        NotFoundError,
        RowChangedError,
        UndeclaredTableError,
        UnsafeRoleError,
        UnscopedError,
    )
    from todo_db.access.pages import Page
    from todo_db.access.repository import Repository
    from todo_db.access.session import get_async_session, get_session, session_factory, user_transaction
    from todo_db.access.transactions import in_async_transaction, in_transaction
    from todo_db.access.user_session import UserSession, UserSessions
    from todo_db.ownership.declared import Owned, Ownerships

# Loaded when asked for: the declarations of owners do not need SQLAlchemy. What needs greenlet is imported
# from `todo_db.access.async_session`.
_WHERE = {
    "AccessError": "todo_db.access.errors",
    "ForeignRowError": "todo_db.access.errors",
    "NotFoundError": "todo_db.access.errors",
    "Owned": "todo_db.ownership.declared",
    "Ownerships": "todo_db.ownership.declared",
    "Page": "todo_db.access.pages",
    "Repository": "todo_db.access.repository",
    "RowChangedError": "todo_db.access.errors",
    "UndeclaredTableError": "todo_db.access.errors",
    "UnsafeRoleError": "todo_db.access.errors",
    "UnscopedError": "todo_db.access.errors",
    "UserSession": "todo_db.access.user_session",
    "UserSessions": "todo_db.access.user_session",
    "get_async_session": "todo_db.access.session",
    "get_session": "todo_db.access.session",
    "in_async_transaction": "todo_db.access.transactions",
    "in_transaction": "todo_db.access.transactions",
    "make_async_engine": "todo_db.access.engine",
    "make_engine": "todo_db.access.engine",
    "session_factory": "todo_db.access.session",
    "user_transaction": "todo_db.access.session",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


__all__ = [
    "AccessError",
    "ForeignRowError",
    "NotFoundError",
    "Owned",
    "Ownerships",
    "Page",
    "Repository",
    "RowChangedError",
    "UndeclaredTableError",
    "UnsafeRoleError",
    "UnscopedError",
    "UserSession",
    "UserSessions",
    "get_async_session",
    "get_session",
    "in_async_transaction",
    "in_transaction",
    "make_async_engine",
    "make_engine",
    "session_factory",
    "user_transaction",
]
