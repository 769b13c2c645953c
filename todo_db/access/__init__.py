"""The database layer of an application: engines, sessions, and access that is held to one user's rows."""

from __future__ import annotations

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
from todo_db.access.ownership import Owned, Ownerships
from todo_db.access.pages import Page
from todo_db.access.repository import Repository
from todo_db.access.session import get_async_session, get_session, session_factory, user_transaction
from todo_db.access.transactions import in_async_transaction, in_transaction
from todo_db.access.user_session import UserSession, UserSessions

# What needs greenlet is imported from `todo_db.access.async_session`.
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
