"""Who is in the way of a revision is named and, only where that is asked for, ended."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Hearing, Project
from todo_db.apply.blockers import without_values
from todo_db.apply.patience import attempts
from todo_db.errors import ApplyError
from todo_db.workflows.migrate import migrate

A = ("a", None, 'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))')
B = ("b", "a", 'op.add_column("tasks", sa.Column("title", sa.Text()))')


@pytest.fixture
def other(project: Project) -> Iterator[psycopg.Connection]:
    """A session that reads the table which the pending revision alters, and stays in its transaction."""
    project.history(A, B)
    migrate(project.open(), to="a", prove=False)
    conninfo = project.server.conninfo(project.live)
    with psycopg.connect(conninfo, application_name="the report") as connection:
        connection.execute("select 'secret', id from tasks where id > 42")
        yield connection


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_it_is_named_while_it_is_waited_for(project: Project, other: psycopg.Connection, env: str) -> None:
    project.history(A, B, env=env)
    pid = other.info.backend_pid
    project.said = Hearing({f"held by pid {pid}": other.rollback})
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]
    (line,) = [s for s in project.said if "waiting for a lock that is held by" in s]
    assert f"pid {pid}, the report, role {other.info.user}, idle in transaction, query began " in line
    assert line.endswith("select '…', id from tasks where id > …")


def test_when_patience_ends_it_is_in_the_message(project: Project, other: psycopg.Connection) -> None:
    project.settings(lock_timeout="100ms", lock_patience="500ms")
    with pytest.raises(ApplyError) as error:
        migrate(project.open(), prove=False)
    assert f"in the way: pid {other.info.backend_pid}, the report" in (error.value.hint or "")
    assert "--terminate-blockers" in (error.value.hint or "")
    assert project.stamp == ["a"]
    assert project.ledger("outcome") == [("applied",), ("failed",)]
    assert other.execute("select 1").fetchone() == (1,)


def test_it_is_ended_where_that_is_asked_for(project: Project, other: psycopg.Connection) -> None:
    with psycopg.connect(project.server.conninfo(project.live)) as bystander:
        bystander.execute("create temp table mine (a int)")
        migrate(project.open(), prove=False, terminate=True)
        assert bystander.execute("select count(*) from mine").fetchone() == (0,)
    assert project.stamp == ["b"]
    assert f"ended pid {other.info.backend_pid}, as --terminate-blockers says" in project.said
    with pytest.raises(psycopg.errors.AdminShutdown):
        other.execute("select 1")


def test_who_may_not_end_it_is_told(project: Project) -> None:
    project.settings(lock_timeout="200ms", lock_patience="3s")
    project.history(A, B)
    migrate(project.open(), to="a", prove=False)
    with project.server.superuser_connection(project.live) as admin:
        admin.autocommit = False
        admin.execute("lock table tasks in access share mode")
        with pytest.raises(ApplyError) as error:
            migrate(project.open(), prove=False, terminate=True)
        assert f"pid {admin.info.backend_pid} may not be ended: it belongs to" in (error.value.hint or "")
        admin.rollback()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("select 1", "select …"),
        (
            "update t1 set a = 'it''s', b = E'\\'x' \n where c = $1",
            "update t1 set a = '…', b = '…' where c = $1",
        ),
        ("select $$a 'b$$, $x$ $$ $x$ from t", "select '…', '…' from t"),
        ("insert into t values ('cut of", "insert into t values ('…'"),
        ("select 'a' || 'b" + "b" * 1000, "select '…' || '…'"),
        ("select a" + "b" * 1000, "select a" + "b" * 111 + "…"),
    ],
)
def test_queries_of_others_are_shown_without_their_values(query: str, wanted: str) -> None:
    assert without_values(query) == wanted


def test_attempts_begin_short_and_pauses_grow() -> None:
    tries = attempts(2000)
    limits, pauses = zip(*[next(tries) for _ in range(12)], strict=True)
    assert limits == (62,) * 7 + (248, 992) + (2000,) * 3
    assert list(pauses) == sorted(pauses)
    assert (pauses[0], max(pauses)) == (0.2, 10.0)
    assert next(attempts(0)) == (0, 0.2)
    assert [next(t) for t in [attempts(10)]] == [(10, 0.2)]
