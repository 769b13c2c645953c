"""A database with two users' rows: as its owner without policies, and as an application's role with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from tests.access.world import OWNERSHIPS, ROWS, Base
from todo_db.access import UserSessions
from todo_db.ownership import policies
from todo_db.postgres.scratch import Scratch

ROLE = "world_app"


def fill(engine: Engine) -> None:
    """The tables, and rows of alice and bob in each."""
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        insert_rows(connection)
        for name in ("tasks", "comments", "attachments", "projects", "tags", "secrets", "notes"):
            connection.execute(text(f"SELECT setval('{name}_id_seq', 1000)"))


def insert_rows(connection: Connection) -> None:
    for name, row in ROWS:
        connection.execute(Base.metadata.tables[name].insert(), row)


def secure(engine: Engine, server: Scratch) -> None:
    """Policies, and a role that they apply to."""
    server.ensure_roles([ROLE])
    with engine.begin() as connection:
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {ROLE}"))
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"))
        for statement in policies.security(OWNERSHIPS, role=ROLE):
            connection.exec_driver_sql(statement.sql)


def as_role(url: str) -> str:
    """The URL of a connection that acts as the application's role."""
    parsed = make_url(url)
    options = f"{parsed.query.get('options', '')} -c role={ROLE}".strip()
    return (
        parsed.update_query_dict({"options": options})
        .render_as_string(hide_password=False)
        .replace("+-c", "%20-c")
        .replace("-c+", "-c%20")
    )


@dataclass
class Shared:
    """A database that the tests of a module share; it is filled anew after each."""

    owner: Engine
    url: str
    connection: Any


@pytest.fixture(scope="module")
def filled(server: Scratch) -> Iterator[dict[bool, Shared]]:
    """By whether policies hold: the database, as the owner of its tables."""
    made = {}
    for secured in (False, True):
        connection = server.database("world")
        url = server.url(connection)
        engine = create_engine(url)
        fill(engine)
        if secured:
            secure(engine, server)
        made[secured] = Shared(engine, as_role(url) if secured else url, connection)
    yield made
    for shared in made.values():
        shared.owner.dispose()
        server.drop(shared.connection)


@pytest.fixture(params=[False, True], ids=["code", "code and policies"])
def shared(request: pytest.FixtureRequest, filled: dict[bool, Shared]) -> Iterator[Shared]:
    """A filled database: once with nothing but our code between users, once with policies beside it."""
    found = filled[request.param]
    yield found
    refill(found)


def refill(shared: Shared) -> None:
    """The rows, and what holds them, as they were."""
    with shared.owner.begin() as connection:
        names = ", ".join(Base.metadata.tables)
        connection.execute(text(f"TRUNCATE {names}"))
        for name in Base.metadata.tables:
            connection.execute(text(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"))
        insert_rows(connection)
        if "role" in shared.url:
            for owned in OWNERSHIPS.values():
                for statement in policies.enable(owned):
                    connection.exec_driver_sql(statement.sql)


@pytest.fixture
def sessions(shared: Shared) -> Iterator[UserSessions]:
    """User sessions on it."""
    engine = create_engine(shared.url)
    yield UserSessions(engine, OWNERSHIPS)
    engine.dispose()
