"""Owners are found where a model calls their column otherwise: by an attribute, by a key, by a synonym."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, String, create_engine, insert, select, text, update
from sqlalchemy.orm import registry, synonym
from sqlmodel import Field, SQLModel

from todo_db.access import AccessError, Ownerships, Repository, UserSession, UserSessions
from todo_db.postgres.scratch import Scratch


class Base(SQLModel, registry=registry()):
    """A metadata of its own."""


class Item(Base, table=True):
    """The attribute has another name than the column."""

    __tablename__ = "items"
    __table_args__ = {"info": {"owner": "user_id"}}
    id: int | None = Field(default=None, primary_key=True)
    owner: str = Field(sa_column=Column("user_id", String, nullable=False))


class Keyed(Base, table=True):
    """The column has another key than its name."""

    __tablename__ = "keyed"
    __table_args__ = {"info": {"owner": "user_id"}}
    id: int | None = Field(default=None, primary_key=True)
    owner: str = Field(sa_column=Column("user_id", String, key="owner", nullable=False))


Item.__mapper__.add_property("holder", synonym("owner"))  # type: ignore[attr-defined]
ITEMS, KEYED = Item.__table__, Keyed.__table__  # type: ignore[attr-defined]
MODELS: tuple[Any, ...] = (Item, Keyed)


@pytest.fixture(scope="module")
def sessions(server: Scratch) -> Iterator[UserSessions]:
    connection = server.database("names")
    engine = create_engine(server.url(connection))
    Base.metadata.create_all(engine)
    with engine.begin() as open_:
        for name in ("items", "keyed"):
            open_.execute(text(f"INSERT INTO {name} (id, user_id) VALUES (-1, 'alice'), (-2, 'bob')"))
    yield UserSessions(engine, Ownerships.from_metadata(Base.metadata))
    engine.dispose()
    server.drop(connection)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_one_sees_and_writes_ones_own(sessions: UserSessions, model: Any) -> None:
    with sessions("alice") as session:
        assert [row.owner for row in session.scalars(select(model))] == ["alice"]
        session.add(model())
        session.execute(insert(model), [{}])
        assert Repository(session, model).create().owner == "alice"
        assert {row.owner for row in session.scalars(select(model))} == {"alice"}
        assert session.get(model, -2) is None
        session.rollback()


WRITES: dict[str, Any] = {
    "update": update(Item).values(owner="bob"),
    "update, attribute": update(Item).values({Item.owner: "bob"}),
    "update, synonym": update(Item).values(holder="bob"),
    "update, key": update(KEYED).values(owner="bob"),
    "update, model with a key": update(Keyed).values(owner="bob"),
    "insert": insert(Item).values(owner="bob"),
    "insert, synonym": insert(Item).values(holder="bob"),
    "insert, several": insert(Item).values([{"owner": "bob"}, {"owner": "alice"}]),
    "insert, core": insert(ITEMS).values(user_id="bob"),
    "insert, key": insert(KEYED).values(owner="bob"),
    "insert, keys": insert(KEYED).values([{"owner": "bob"}, {"owner": "alice"}]),
}


@pytest.mark.parametrize("name", WRITES)
def test_nothing_is_given_away(sessions: UserSessions, name: str) -> None:
    with sessions("alice") as session, pytest.raises(AccessError):
        session.execute(WRITES[name])


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_nothing_is_given_away_by_lists(sessions: UserSessions, model: Any) -> None:
    def attempts(session: UserSession) -> Iterator[Any]:
        yield lambda: session.execute(insert(model), [{"owner": "bob"}])
        yield lambda: session.execute(update(model), [{"id": -1, "owner": "bob"}])
        yield lambda: session.bulk_insert_mappings(model, [{"owner": "bob"}])
        yield lambda: Repository(session, model).update(-1, owner="bob")
        yield lambda: Repository(session, model).update_where(True, values={"owner": "bob"})

    with sessions("alice") as session:
        for attempt in attempts(session):
            with pytest.raises(AccessError), session.begin_nested():
                attempt()
