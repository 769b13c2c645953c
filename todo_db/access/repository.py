"""What an application does with one user's rows of one table, in a few calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Boolean, Table, delete, func, inspect, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, SQLModel, select

from todo_db.access.criteria import declared
from todo_db.access.errors import NotFoundError, UnscopedError
from todo_db.access.pages import Order, Page, after, decode, encode
from todo_db.access.user_session import UserSession, owner_values
from todo_db.errors import UsageError
from todo_db.ownership.declared import Ownerships

M = TypeVar("M", bound=SQLModel)
Values = Mapping[str, Any] | SQLModel
MOST = 200
SOFT_DELETE = ("deleted_at", "is_deleted")


class Repository(Generic[M]):
    """One user's rows of one model.

    session: a UserSession. For a table that is declared as shared a plain session does, with `ownerships`;
    for any other it raises UnscopedError. soft_delete: columns that are set instead of deleting, as far as
    the model has them: to the time, or to true. Rows with them set are left out unless `deleted=True`.
    """

    def __init__(
        self,
        session: Session,
        model: type[M],
        *,
        soft_delete: Sequence[str] = SOFT_DELETE,
        ownerships: Ownerships | None = None,
    ) -> None:
        self.session, self.model = session, model
        self._mapper: Any = inspect(model)
        _check_session(session, self._mapper.local_table, ownerships)
        attributes = self._mapper.column_attrs.keys()
        self._deleted = [name for name in soft_delete if name in attributes]

    # ---- reading

    def get(self, key: Any, *, deleted: bool = False) -> M:
        """The row with this primary key. Raises NotFoundError, also for a row of somebody else."""
        found = self.find(key, deleted=deleted)
        if found is None:
            raise NotFoundError(f"there is no {self.model.__name__} {key}")
        return found

    def find(self, key: Any, *, deleted: bool = False) -> M | None:
        """As `get`, with None for what is not there. Always asks the database."""
        statement = select(self.model).where(*self._at(key), *self._alive(deleted))
        return self.session.exec(statement).first()

    def page(
        self,
        *filters: ColumnElement[bool] | bool,
        order: str | Sequence[str] = (),
        limit: int = 50,
        after: str | None = None,
        deleted: bool = False,
        **equal: Any,
    ) -> Page[M]:
        """A page of rows that meet all filters (`Task.done == False`, or `done=False`).

        order: names of columns, '-name' for descending; the primary key decides among equals. after: the
        `next` of the page before. Raises UsageError for an unknown name or a wrong `after`.
        """
        orders = self._orders(order)
        if not 1 <= limit <= MOST:
            raise UsageError(f"limit must be from 1 to {MOST}")
        conditions = [*filters, *self._equal(equal), *self._alive(deleted)]
        if after is not None:
            conditions.append(_behind(orders, after))
        statement = (
            select(self.model).where(*conditions).order_by(*(o.clause for o in orders)).limit(limit + 1)
        )
        items = self.session.exec(statement).all()
        more = len(items) > limit
        return Page(tuple(items[:limit]), encode(orders, items[limit - 1]) if more else None)

    def count(self, *filters: ColumnElement[bool] | bool, deleted: bool = False, **equal: Any) -> int:
        """How many rows meet all filters."""
        conditions = [*filters, *self._equal(equal), *self._alive(deleted)]
        statement = select(func.count()).select_from(self.model).where(*conditions)
        return self.session.exec(statement).one()

    # ---- writing; each call flushes, the caller commits

    def create(self, values: Values | None = None, **more: Any) -> M:
        """Write one row; the owner is filled in. Raises ForeignRowError for somebody else's id or parent."""
        made = self._made({**_plain(values), **more})
        self.session.add(made)
        self._flush(made)
        return made

    def create_many(self, rows: Iterable[Values]) -> list[M]:
        """Write several rows in one flush."""
        made = [self._made(_plain(row)) for row in rows]
        self.session.add_all(made)
        self._flush(*made)
        return made

    def update(self, key: Any, values: Values | None = None, **more: Any) -> M:
        """Change one row. Of a model only the fields that were set count. Raises NotFoundError."""
        found = self.get(key)
        for name, value in {**_plain(values), **more}.items():
            self._attribute(name)
            setattr(found, name, value)
        self._flush()
        return found

    def delete(self, key: Any) -> None:
        """Delete one row, softly where the model can. Raises NotFoundError."""
        found = self.get(key)
        for name, value in self._marks(deleted=True).items():
            setattr(found, name, value)
        if not self._deleted:
            self.session.delete(found)
        self._flush()

    def restore(self, key: Any) -> M:
        """Take back a soft deletion. Raises NotFoundError, UsageError where the model knows none."""
        if not self._deleted:
            raise UsageError(f"{self.model.__name__} is not deleted softly, so nothing can be restored")
        found = self.get(key, deleted=True)
        for name, value in self._marks(deleted=False).items():
            setattr(found, name, value)
        self._flush()
        return found

    def purge(self, key: Any) -> None:
        """Delete one row for good, softly deleted or not. Raises NotFoundError."""
        self.session.delete(self.get(key, deleted=True))
        self._flush()

    def update_where(
        self, *filters: ColumnElement[bool] | bool, values: Mapping[str, Any], **equal: Any
    ) -> int:
        """Change all rows that meet the filters, in one statement; returns how many there were."""
        for name in values:
            self._attribute(name)
        conditions = [*self._some(filters, equal), *self._alive(False)]
        statement = update(self.model).where(*conditions).values(**values)
        return self._rowcount(statement)

    def delete_where(self, *filters: ColumnElement[bool] | bool, **equal: Any) -> int:
        """Delete all rows that meet the filters, softly where the model can; returns how many there were."""
        if self._deleted:
            return self.update_where(*filters, values=self._marks(deleted=True), **equal)
        return self._rowcount(delete(self.model).where(*self._some(filters, equal)))

    # ---- parts

    def _made(self, values: Mapping[str, Any]) -> M:
        """A validated object; the owner is part of it, so that a model may require it."""
        owner: dict[str, Any] = {}
        if isinstance(self.session, UserSession):
            owner = owner_values(self.session.scope, self._mapper)
        return self.model.model_validate({**owner, **values})

    def _flush(self, *made: M) -> None:
        try:
            self.session.flush()
        except BaseException:
            for instance in made:
                if instance in self.session.new:
                    self.session.expunge(instance)
            raise

    def _rowcount(self, statement: Any) -> int:
        return int(self.session.exec(statement).rowcount)

    def _at(self, key: Any) -> list[ColumnElement[bool]]:
        columns = self._mapper.primary_key
        values = key if isinstance(key, tuple) else (key,)
        if len(values) != len(columns):
            raise UsageError(f"the key of {self.model.__name__} has {len(columns)} columns")
        pairs = zip(columns, values, strict=True)
        return [getattr(self.model, self._mapper.get_property_by_column(c).key) == v for c, v in pairs]

    def _marks(self, *, deleted: bool) -> dict[str, Any]:
        """What the columns of soft deletion hold."""
        now = dt.datetime.now(dt.UTC)
        time = now if deleted else None
        return {name: deleted if self._is_boolean(name) else time for name in self._deleted}

    def _is_boolean(self, name: str) -> bool:
        return isinstance(self._mapper.column_attrs[name].columns[0].type, Boolean)

    def _alive(self, deleted: bool) -> list[ColumnElement[bool]]:
        if deleted or not self._deleted:
            return []
        name = self._deleted[0]
        column = getattr(self.model, name)
        return [column.is_(False) if self._is_boolean(name) else column.is_(None)]

    def _equal(self, equal: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        return [self._attribute(name) == value for name, value in equal.items()]

    def _some(self, filters: Sequence[Any], equal: Mapping[str, Any]) -> list[Any]:
        """Filters of a bulk statement; without any it would be all rows, which must be said."""
        if not filters and not equal:
            raise UsageError("without a filter this is all rows of the user", hint="say so: pass True")
        return [*filters, *self._equal(equal)]

    def _attribute(self, name: str) -> Any:
        if name not in self._mapper.column_attrs:
            raise UsageError(
                f"{self.model.__name__} has no column {name!r}",
                hint="known: " + ", ".join(sorted(self._mapper.column_attrs.keys())),
            )
        return getattr(self.model, name)

    def _orders(self, order: str | Sequence[str]) -> list[Order]:
        names = [order] if isinstance(order, str) else list(order)
        keys = [self._mapper.get_property_by_column(c).key for c in self._mapper.primary_key]
        orders = [self._order(name.removeprefix("-"), name.startswith("-")) for name in names]
        given = {o.name for o in orders}
        return orders + [self._order(key, False) for key in keys if key not in given]

    def _order(self, name: str, descending: bool) -> Order:
        attribute = self._attribute(name)
        column = self._mapper.column_attrs[name].columns[0]
        return Order(name, attribute, bool(column.nullable), descending)


def _check_session(session: Session, table: Table, ownerships: Ownerships | None) -> None:
    if isinstance(session, UserSession):
        declared(table, session.scope.ownerships)
        return
    if ownerships is None or declared(table, ownerships).scoped:
        raise UnscopedError(
            f"rows of {table.name} belong to users, and this session knows none",
            hint="open it for a user: sessions(user_id)",
        )


def _behind(orders: Sequence[Order], text: str) -> ColumnElement[bool]:
    return after(orders, decode(orders, text))


def _plain(values: Values | None) -> dict[str, Any]:
    if values is None:
        return {}
    return values.model_dump(exclude_unset=True) if isinstance(values, SQLModel) else dict(values)
