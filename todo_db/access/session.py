"""Session factories and the dependencies that give a web application one session per request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from todo_db.access.user_session import UserSession, UserSessions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
    from sqlmodel.ext.asyncio.session import AsyncSession

    from todo_db.access.async_session import AsyncUserSession, AsyncUserSessions


def session_factory(engine: Engine, **options: Any) -> sessionmaker[Session]:
    """A factory of plain sessions, which know no user: for sign-up, jobs and shared tables."""
    return sessionmaker(engine, class_=Session, **{"expire_on_commit": False, **options})


def async_session_factory(engine: AsyncEngine, **options: Any) -> async_sessionmaker[AsyncSession]:
    """As `session_factory`, for asyncio."""
    from sqlalchemy.ext.asyncio import async_sessionmaker
    from sqlmodel.ext.asyncio.session import AsyncSession

    return async_sessionmaker(engine, class_=AsyncSession, **{"expire_on_commit": False, **options})


def get_session(factory: Callable[[], Session]) -> Callable[[], Iterator[Session]]:
    """A dependency (`Depends(get_session(factory))`): commits when the request ends well, else rolls back."""

    def dependency() -> Iterator[Session]:
        with factory() as session, session.begin():
            yield session

    return dependency


def get_async_session(
    factory: Callable[[], AsyncSession],
) -> Callable[[], AsyncIterator[AsyncSession]]:
    """As `get_session`, for asyncio."""

    async def dependency() -> AsyncIterator[AsyncSession]:
        async with factory() as session, session.begin():
            yield session

    return dependency


def user_transaction(
    sessions: UserSessions, user_id: Any, *, organization_id: Any = None
) -> Iterator[UserSession]:
    """One user's session in one transaction, for a dependency that knows who is signed in:

        def session(user: Annotated[User, Depends(signed_in)]) -> Iterator[UserSession]:
            yield from user_transaction(sessions, user.id)

    Commits when the request ends well, else rolls back.
    """
    with sessions(user_id, organization_id=organization_id) as session, session.begin():
        yield session


async def async_user_transaction(
    sessions: AsyncUserSessions, user_id: Any, *, organization_id: Any = None
) -> AsyncIterator[AsyncUserSession]:
    """As `user_transaction`, for asyncio: `async for session in async_user_transaction(…): yield session`."""
    async with sessions(user_id, organization_id=organization_id) as session, session.begin():
        yield session
