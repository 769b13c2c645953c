"""User sessions and repositories for asyncio; they run the sync ones, so both keep the same promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NoReturn, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from todo_db.access.pages import Page
from todo_db.access.repository import SOFT_DELETE, Repository, Values
from todo_db.access.user_session import UserSession, UserSessions
from todo_db.ownership.declared import Ownerships

M = TypeVar("M", bound=SQLModel)


class AsyncUserSession(AsyncSession):
    """As UserSession, for asyncio. Made by `AsyncUserSessions`."""

    sync_session_class = UserSession
    sync_session: UserSession

    @property
    def user_id(self) -> Any:
        """Whose rows these are."""
        return self.sync_session.user_id

    async def raw(self, sql: str, params: Mapping[str, Any] | None = None, *, reason: str) -> Any:
        """As UserSession.raw; the rows, fetched."""
        return await self.run_sync(lambda session: session.raw(sql, params, reason=reason).all())  # type: ignore[attr-defined]

    def get_transaction(self) -> NoReturn:
        self.sync_session.get_transaction()

    def get_nested_transaction(self) -> NoReturn:
        self.sync_session.get_nested_transaction()

    async def merge(self, instance: Any, **arguments: Any) -> NoReturn:
        self.sync_session.merge(instance)

    async def merge_all(self, instances: Any, **arguments: Any) -> NoReturn:
        self.sync_session.merge_all(instances)


class AsyncUserSessions:
    """As UserSessions, over an AsyncEngine."""

    def __init__(self, engine: AsyncEngine, ownerships: Ownerships, **options: Any) -> None:
        self._sync = UserSessions(engine.sync_engine, ownerships, **options)
        self.ownerships = ownerships
        self.engine = AsyncEngine(self._sync.engine)

    def __call__(self, user_id: Any, *, organization_id: Any = None) -> AsyncUserSession:
        """A session for this user, to be closed: `async with sessions(user_id) as session:`."""
        return AsyncUserSession(
            self.engine,
            user_id=user_id,
            ownerships=self.ownerships,
            organization_id=organization_id,
            **self._sync.options,
        )


class AsyncRepository(Generic[M]):
    """As Repository, with a call to await for each of its."""

    def __init__(
        self, session: AsyncUserSession, model: type[M], *, soft_delete: Sequence[str] = SOFT_DELETE
    ) -> None:
        self.session = session
        self._sync: Repository[M] = Repository(session.sync_session, model, soft_delete=soft_delete)

    async def get(self, key: Any, *, deleted: bool = False) -> M:
        return await self.session.run_sync(lambda _: self._sync.get(key, deleted=deleted))

    async def find(self, key: Any, *, deleted: bool = False) -> M | None:
        return await self.session.run_sync(lambda _: self._sync.find(key, deleted=deleted))

    async def page(
        self,
        *filters: ColumnElement[bool] | bool,
        order: str | Sequence[str] = (),
        limit: int = 50,
        after: str | None = None,
        deleted: bool = False,
        **equal: Any,
    ) -> Page[M]:
        return await self.session.run_sync(
            lambda _: self._sync.page(
                *filters, order=order, limit=limit, after=after, deleted=deleted, **equal
            )
        )

    async def count(self, *filters: ColumnElement[bool] | bool, deleted: bool = False, **equal: Any) -> int:
        return await self.session.run_sync(lambda _: self._sync.count(*filters, deleted=deleted, **equal))

    async def create(self, values: Values | None = None, **more: Any) -> M:
        return await self.session.run_sync(lambda _: self._sync.create(values, **more))

    async def create_many(self, rows: Iterable[Values]) -> Sequence[M]:
        return await self.session.run_sync(lambda _: self._sync.create_many(rows))

    async def update(self, key: Any, values: Values | None = None, **more: Any) -> M:
        return await self.session.run_sync(lambda _: self._sync.update(key, values, **more))

    async def delete(self, key: Any) -> None:
        await self.session.run_sync(lambda _: self._sync.delete(key))

    async def restore(self, key: Any) -> M:
        return await self.session.run_sync(lambda _: self._sync.restore(key))

    async def purge(self, key: Any) -> None:
        await self.session.run_sync(lambda _: self._sync.purge(key))

    async def update_where(
        self, *filters: ColumnElement[bool] | bool, values: Mapping[str, Any], **equal: Any
    ) -> int:
        return await self.session.run_sync(
            lambda _: self._sync.update_where(*filters, values=values, **equal)
        )

    async def delete_where(self, *filters: ColumnElement[bool] | bool, **equal: Any) -> int:
        return await self.session.run_sync(lambda _: self._sync.delete_where(*filters, **equal))
