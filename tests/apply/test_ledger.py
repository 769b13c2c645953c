"""The ledger says who applied what and how it ended, whoever ran it and however the run was cut off."""

from __future__ import annotations

import pytest

from tests.apply.test_environment import alembic
from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Project
from todo_db.apply import ledger
from todo_db.errors import ApplyError
from todo_db.settings import load
from todo_db.sources import history
from todo_db.sources.layout import find
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_down import down
from todo_db.workflows.migrate_status import status

A = (
    "a",
    None,
    'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.drop_table("tasks")',
)
BROKEN = ("b", "a", 'op.execute("select 1/0")')
UNLOCKS = ("a", None, 'op.execute("create table t (a int)")\nop.execute("select pg_advisory_unlock_all()")')


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_what_was_applied_failed_and_taken_back(project: Project, env: str) -> None:
    project.history(A, BROKEN, env=env)
    with pytest.raises(ApplyError):
        migrate(project.open(), prove=False)
    assert project.ledger() == [("a", "upgrade", "applied"), ("b", "upgrade", "failed")]
    (project.versions / "2_b.py").unlink()
    down(project.open(), "base", lambda _: True)
    assert project.ledger()[2:] == [("a", "downgrade", "applied")]


def test_a_line_says_who_where_with_what_and_how_to_go_back(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_JOB_URL", "https://ci.example/7")
    for name in ("GITHUB_RUN_ID", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    project.history(A, BROKEN)
    with pytest.raises(ApplyError):
        migrate(project.open(), prove=False)
    good, bad = reversed(ledger.read(project.live, find(load(project.root))) or [])
    assert good.hash == f"sha256:{history.read(load(project.root)).revisions['a'].code_hash()}"
    assert (good.role, good.ci) == (project.live.info.user, "https://ci.example/7")
    assert good.os_user
    assert good.host
    assert (good.tool or "").startswith("todo-db ")
    assert project.rows(f"select '{good.restore_point}'::pg_lsn <= pg_current_wal_insert_lsn()") == [(True,)]
    assert good.finished is not None
    assert good.finished >= good.started
    assert bad.detail == "division by zero (22012)"


def test_plain_alembic_writes_it_too(project: Project) -> None:
    project.history(A, BROKEN)
    assert alembic(project, "upgrade", "head").returncode == 1
    assert project.ledger("revision, outcome, detail") == [
        ("a", "applied", None),
        ("b", "failed", "division by zero"),
    ]
    assert alembic(project, "downgrade", "base").returncode == 0
    assert alembic(project, "stamp", "a").returncode == 0
    assert project.ledger()[2:] == [("a", "downgrade", "applied"), ("a", "stamp", "applied")]


def test_a_run_with_nothing_to_do_makes_none(project: Project) -> None:
    project.history()
    assert alembic(project, "upgrade", "head").returncode == 0
    assert project.rows("select to_regclass('todo_db_ledger')") == [(None,)]


def test_what_a_killed_run_left_open_is_settled_by_the_next(project: Project) -> None:
    project.history(A)
    migrate(project.open(), prove=False)
    project.live.execute("update todo_db_ledger set outcome = 'started', finished = null")
    project.history(A, ("b", "a", "pass"))
    migrate(project.open(), prove=False)
    assert project.ledger() == [("a", "upgrade", "interrupted"), ("b", "upgrade", "applied")]


def test_a_lock_that_the_revision_itself_gives_up(project: Project) -> None:
    project.history(UNLOCKS)
    with pytest.raises(ApplyError, match=r"lock on the database was lost .*no revision"):
        migrate(project.open(), prove=False)
    assert (project.tables(), project.ledger("outcome")) == ([], [("failed",)])


def test_a_role_that_may_make_no_tables_goes_on_without(project: Project) -> None:
    project.live.execute("create table alembic_version (version_num varchar(32) primary key)")
    project.live.execute("create table tasks (id int primary key)")
    project.live.execute("insert into alembic_version values ('a')")
    project.live.execute("revoke create on schema public from public")
    project.live.execute(f'revoke create on schema public from "{project.live.info.user}"')
    owner = project.server.superuser_connection(project.live)
    owner.execute("alter schema public owner to current_user")
    owner.execute(f'revoke create on schema public from public, "{project.live.info.user}"')
    owner.execute(f'grant usage on schema public to "{project.live.info.user}"')
    project.history(A, ("b", "a", 'op.add_column("tasks", sa.Column("title", sa.Text()))'))
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]
    assert any("may not write a ledger" in s for s in project.said)


def test_a_table_of_that_name_that_is_not_ours(project: Project) -> None:
    project.live.execute("create table todo_db_ledger (x int)")
    project.history(A)
    with pytest.raises(ApplyError, match="not one that todo-db made; nothing was changed"):
        migrate(project.open(), prove=False)
    assert project.tables() == []


def test_status_shows_it(project: Project) -> None:
    project.history(A)
    migrate(project.open(), prove=False)
    outcome = status(project.open())
    assert " a applied in " in outcome.text
    assert "restore point " in outcome.text
    (line,) = outcome.report.extra["ledger"]
    assert (line["revision"], line["action"], line["outcome"]) == ("a", "upgrade", "applied")
    assert line["seconds"] >= 0


def test_it_is_no_drift_and_nothing_for_autogenerate(project: Project) -> None:
    project.history(A)
    assert migrate(project.open()).report.extra["verified"]
    checked = alembic(project, "check")
    assert "No new upgrade operations" in checked.stdout, checked.stderr
