"""The database layer of an application: engines, sessions, and access that is held to one user's rows."""

from __future__ import annotations

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
from todo_db.access.user_session import UserSession, UserSessions

__all__ = [
    "AccessError",
    "ForeignRowError",
    "NotFoundError",
    "Owned",
    "Ownerships",
    "RowChangedError",
    "UndeclaredTableError",
    "UnsafeRoleError",
    "UnscopedError",
    "UserSession",
    "UserSessions",
]
