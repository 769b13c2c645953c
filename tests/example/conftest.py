"""The example service on a real database: the todo application's tables and policies, two users."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from tests.access.conftest import ROLE, as_role
from tests.example.service import make_app
from todo_db import models
from todo_db.access import Ownerships
from todo_db.ownership import policies
from todo_db.postgres.scratch import Scratch
from todo_db.settings import load
from todo_db.sources.workspace import Workspace


class Client:
    """Sends requests to an ASGI application, each on its own."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def __getattr__(self, name: str) -> Any:
        return partial(self.request, name.upper())


@pytest.fixture(scope="session")
def ownerships() -> Ownerships:
    """As the todo application's own spec says."""
    with Workspace(load(Path(__file__))) as ws:
        return Ownerships.from_specification(ws.specification)


@pytest.fixture(params=["code", "code and policies"])
def client(
    request: pytest.FixtureRequest, server: Scratch, make_db: Any, ownerships: Ownerships
) -> Iterator[Any]:
    url = server.url(make_db("service"))
    owner = create_engine(url)
    tables = [m.__table__ for m in (models.User, models.Task, models.Comment, models.TaskPriority)]  # type: ignore[attr-defined]
    SQLModel.metadata.create_all(owner, tables=tables)
    with owner.begin() as connection:
        for name in ("alice", "bob"):
            row = {"id": name, "name": name, "email": f"{name}@example.org"}
            connection.execute(text('INSERT INTO "user" (id, name, email) VALUES (:id, :name, :email)'), row)
        if request.param != "code":
            server.ensure_roles([ROLE])
            connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {ROLE}"))
            connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"))
            for statement in policies.security(ownerships, role=ROLE):
                connection.exec_driver_sql(statement.sql)
    engine = create_engine(as_role(url) if request.param != "code" else url)
    yield Client(make_app(engine, ownerships))
    engine.dispose()
    owner.dispose()
