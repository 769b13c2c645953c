"""What a broken CREATE INDEX CONCURRENTLY leaves is not in the way of the next attempt."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Hearing, Project
from todo_db.errors import ApplyError
from todo_db.workflows.migrate import migrate

TABLE = ("a", None, 'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))')
BLOCK = "with op.get_context().autocommit_block():\n    "
BY_HAND = BLOCK + 'op.execute("create unique index concurrently by_id on tasks ((id / 2))")'
UNLESS_THERE = BY_HAND.replace("concurrently", "concurrently if not exists")
BY_ALEMBIC = BLOCK + (
    'op.create_index("by_id", "tasks", [sa.text("(id / 2)")], unique=True, postgresql_concurrently=True)'
)
THEN_FAIL = BY_HAND + '\nop.execute("select 1 / (count(*) - 1) from tasks")'


def valid(project: Project) -> list[tuple[bool]]:
    return project.rows("select indisvalid from pg_index where indexrelid = to_regclass('by_id')")


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
@pytest.mark.parametrize("up", [BY_HAND, UNLESS_THERE, BY_ALEMBIC], ids=["hand", "unless there", "alembic"])
def test_an_invalid_index_is_built_anew(project: Project, up: str, env: str) -> None:
    project.history(TABLE, ("b", "a", up), env=env)
    migrate(project.open(), to="a", prove=False)
    project.live.execute("insert into tasks values (2), (3)")
    with pytest.raises(ApplyError, match="could not create unique index"):
        migrate(project.open(), prove=False)
    assert (project.stamp, valid(project)) == (["a"], [(False,)])
    project.live.execute("delete from tasks where id = 3")
    outcome = migrate(project.open())
    assert any("by_id on tasks was left invalid by a broken attempt" in s for s in project.said)
    assert (project.stamp, valid(project), outcome.report.extra["verified"]) == (["b"], [(True,)], True)


def test_an_index_that_was_finished_before_the_attempt_broke(project: Project) -> None:
    project.history(TABLE, ("b", "a", THEN_FAIL))
    migrate(project.open(), to="a", prove=False)
    project.live.execute("insert into tasks values (2)")
    with pytest.raises(ApplyError, match="division by zero"):
        migrate(project.open(), prove=False)
    assert (project.stamp, valid(project)) == (["a"], [(True,)])
    project.live.execute("delete from tasks")
    migrate(project.open())
    assert any("by_id comes from a broken attempt at b" in s for s in project.said)
    assert (project.stamp, valid(project)) == (["b"], [(True,)])


def test_an_index_that_somebody_else_made_is_drift(project: Project) -> None:
    project.history(TABLE, ("b", "a", BY_HAND))
    migrate(project.open(), to="a", prove=False)
    project.live.execute("create unique index by_id on tasks ((id / 2))")
    with pytest.raises(ApplyError, match=r"index public\.tasks\.by_id is in live"):
        migrate(project.open())


def test_an_invalid_index_of_others_is_left_alone(project: Project) -> None:
    project.history(TABLE, ("b", "a", BLOCK + 'op.execute("select 1")'))
    migrate(project.open(), to="a", prove=False)
    project.live.execute("insert into tasks values (2), (3)")
    with pytest.raises(Exception, match="could not create"):
        project.live.execute("create unique index concurrently by_id on tasks ((id / 2))")
    migrate(project.open(), prove=False)
    assert (project.stamp, valid(project)) == (["b"], [(False,)])


def test_it_waits_for_old_transactions_as_long_as_it_takes(project: Project) -> None:
    """With `lock_timeout` in force it would break off, and leave an invalid index."""
    project.settings(lock_timeout="50ms")
    project.history(TABLE, ("b", "a", BY_HAND))
    migrate(project.open(), to="a", prove=False)
    with psycopg.connect(project.server.conninfo(project.live)) as other:
        other.execute("insert into tasks values (1)")
        pid = other.info.backend_pid
        project.said = Hearing({f"pid {pid}": other.rollback})
        migrate(project.open(), prove=False)
    assert (project.stamp, valid(project)) == (["b"], [(True,)])
