"""The session in which a database is migrated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.support.histories import Project
from todo_db.apply import session, stamp
from todo_db.errors import ApplyError, UndeterminedError, UsageError
from todo_db.postgres.cluster import ADMIN
from todo_db.postgres.target import from_url
from todo_db.settings import Settings, load
from todo_db.sources.layout import find
from todo_db.workflows.migrate import migrate

A = ("a", None, 'op.execute("create table tasks (id int)")')


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2s", 2000), ("15min", 900_000), ("100", 100), ("0", 0), ("1.5 s", 1500), ("1h", 3_600_000)],
)
def test_durations(text: str, wanted: int) -> None:
    assert session.milliseconds(Settings(Path(), lock_timeout=text), "lock_timeout") == wanted


@pytest.mark.parametrize("text", ["soon", "", "2 years", "-1s", "1s; drop table x"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        session.milliseconds(Settings(Path(), lock_timeout=text), "lock_timeout")


def test_time_limits_and_the_way_back_to_them(project: Project) -> None:
    settings = replace(load(project.root), lock_timeout="3s", statement_timeout="5min")
    with session.connected(from_url(project.url, purpose="migrate"), settings) as connection:
        shown = [connection.execute(f"show {n}").fetchone() for n in ("lock_timeout", "statement_timeout")]
        connection.execute("set lock_timeout = 0")
        session.limit(connection, settings)
        again = connection.execute("show lock_timeout").fetchone()
    assert (shown, again) == ([("3s",), ("5min",)], ("3s",))


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select", None),
        ("create table alembic_version (version_num text)", ()),
        (
            "create table alembic_version as select unnest(array['b', 'a-1 x', 'It''s']) as version_num",
            ("It's", "a-1 x", "b"),
        ),
    ],
)
def test_stamps(project: Project, sql: str, wanted: object) -> None:
    project.live.execute(sql.encode())
    assert stamp.read(project.live, find(load(project.root))) == wanted


def test_a_role_that_may_not_read_where_the_database_is(project: Project) -> None:
    project.history(A)
    migrate(project.open(), prove=False)
    with psycopg.connect(project.server.conninfo(project.live), user=ADMIN, autocommit=True) as admin:
        admin.execute("create role todo_db_looker login")
        try:
            ws = project.open()
            ws.url = project.url.replace("todo_db_scratch@", "todo_db_looker@")
            with pytest.raises(UndeterminedError, match="todo_db_looker may not read") as error:
                migrate(ws, prove=False)
            assert error.value.hint is not None
            assert error.value.hint.startswith('GRANT SELECT ON "alembic_version" TO todo_db_looker')
        finally:
            admin.execute("drop role todo_db_looker")


def test_where_nothing_may_be_written(project: Project) -> None:
    project.history(A)
    with psycopg.connect(project.server.conninfo(project.live), user=ADMIN, autocommit=True) as admin:
        admin.execute(f'alter database "{project.live.info.dbname}" set default_transaction_read_only = on')
    with pytest.raises(
        ApplyError, match="are read-only, so nothing can be applied here; nothing was changed"
    ):
        migrate(project.open(), prove=False)
    assert project.tables() == []
