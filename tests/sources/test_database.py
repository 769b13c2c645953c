"""Live and other databases as sides: read only, under a name that shows no password."""

from __future__ import annotations

import psycopg
import pytest

from tests.conftest import Connection
from tests.sources.conftest import Project
from todo_db.errors import UndeterminedError
from todo_db.postgres import connect as connecting
from todo_db.schema import Key
from todo_db.sources import database


def url_of(db: Connection, password: str = "") -> str:
    login = f"{db.info.user}:{password}" if password else db.info.user
    return f"postgresql://{login}@/{db.info.dbname}?host={db.info.host}&port={db.info.port}"


def test_live_is_what_the_url_names(project: Project, db: Connection) -> None:
    db.execute("CREATE TABLE t (id int PRIMARY KEY)")
    db.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    db.execute("INSERT INTO alembic_version VALUES ('abc')")
    live = project(environ={"DATABASE_URL": url_of(db)}).side("live")
    assert live.side == "live"
    assert Key("table", "public.t") in live.objects
    assert Key("table", "public.alembic_version") not in live.objects
    assert live.revisions == ("abc",)
    assert live.server == db.info.server_version


def test_a_url_is_a_side_under_its_masked_name(project: Project, db: Connection) -> None:
    db.execute("CREATE TABLE t (id int)")
    side = project().side(url_of(db, "hunter2"))
    assert Key("table", "public.t") in side.objects
    assert db.info.dbname in side.side
    assert "hunter2" not in side.side


def test_only_the_schemas_of_the_settings_are_read(project: Project, db: Connection) -> None:
    for schema in ("one", "two"):
        db.execute(f"CREATE SCHEMA {schema}")
        db.execute(f"CREATE TABLE {schema}.t ()")
    settings = {"pyproject.toml": '[tool.todo-db]\nschemas = ["one"]\n'}
    live = project(settings, environ={"DATABASE_URL": url_of(db)}).side("live")
    assert {k.name for k in live.objects if k.kind == "table"} == {"one.t"}


def test_reading_writes_nothing_and_says_so_to_the_server(
    project: Project, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[psycopg.Connection[tuple[object, ...]]] = []
    real = connecting.connect

    def connect(*args: object, **kwargs: object) -> object:
        opened.append(real(*args, **kwargs))  # type: ignore[arg-type]
        return opened[-1]

    monkeypatch.setattr(connecting, "connect", connect)
    ws = project(environ={"DATABASE_URL": url_of(db)})
    ws.side("live")
    (connection,) = opened
    assert connection.read_only
    assert connection.closed


def test_an_unreachable_database_cannot_be_determined(project: Project) -> None:
    ws = project(environ={"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x"})
    with pytest.raises(UndeterminedError) as caught:
        database.read(ws)
    assert "hunter2" not in f"{caught.value} {caught.value.where} {caught.value.hint}"
