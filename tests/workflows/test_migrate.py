"""migrate applies what is pending, once, verifies it, and says what state a failure left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Project
from todo_db.apply import lock
from todo_db.errors import ApplyError, UndeterminedError, UsageError
from todo_db.postgres.scratch import Scratch
from todo_db.workflows.migrate import migrate

ROOT = Path(__file__).parents[2]
A = (
    "a",
    None,
    'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.drop_table("tasks")',
)
B = ("b", "a", 'op.add_column("tasks", sa.Column("title", sa.Text()))', 'op.drop_column("tasks", "title")')
SPEC = """
    tables:
      users:
        managed_by: better-auth
        columns: [{name: id, type: text, primary_key: true}]
      tasks:
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: user_id, type: text, nullable: false, references: {table: users, column: id}}
"""
USER_TASKS = (
    "a",
    None,
    """op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True),
                       sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False))""",
)


def test_everything_is_applied_and_verified(project: Project) -> None:
    project.history(A, B)
    outcome = migrate(project.open())
    assert [s["revision"] for s in outcome.report.extra["applied"]] == ["a", "b"]
    assert outcome.report.extra["verified"]
    assert outcome.text.endswith("the database is at b, and is what its migrations build")
    assert project.stamp == ["b"]


def test_then_there_is_nothing_to_do_without_scratch(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.history(A, B)
    migrate(project.open(), prove=False)
    monkeypatch.setattr(Scratch, "database", lambda *_: pytest.fail("scratch was asked for a database"))
    outcome = migrate(project.open(), prove=False)
    assert (outcome.text, outcome.report.extra["applied"]) == ("nothing to do: the database is at b", [])


def test_as_far_as_asked(project: Project) -> None:
    project.history(A, B)
    migrate(project.open(), to="a", prove=False)
    assert project.stamp == ["a"]
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]
    with pytest.raises(UsageError) as error:
        migrate(project.open(), to="a", prove=False)
    assert "migrate down a" in (error.value.hint or "")


@pytest.mark.parametrize("env", [None, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_each_revision_has_a_transaction_of_its_own(project: Project, env: str | None) -> None:
    broken = ("b", "a", 'op.create_table("more", sa.Column("id", sa.Integer()))\nop.execute("select 1/0")')
    project.history(A, broken, **({"env": env} if env else {}))
    with pytest.raises(ApplyError) as error:
        migrate(project.open(), prove=False)
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])
    for said in (
        "revision b (Revision b.) did not apply: division by zero",
        "nothing of it is left",
        "is at a",
    ):
        assert said in error.value.what
    assert error.value.where == "migrations/versions/2_b.py:12"
    assert "select 1/0" in (error.value.hint or "")
    assert error.value.exit_code == 4


def test_what_does_not_run_on_scratch_is_not_begun(project: Project) -> None:
    project.history(A, ("b", "a", 'op.execute("select 1/0")'))
    with pytest.raises(UndeterminedError, match="division by zero"):
        migrate(project.open())
    assert project.tables() == []


def test_a_step_outside_of_the_transaction_is_warned_about(project: Project) -> None:
    up = """
        with op.get_context().autocommit_block():
            op.execute("create table half (a int)")
        op.execute("select 1/0")
    """
    project.history(("a", None, up))
    with pytest.raises(ApplyError, match="steps outside of its transaction"):
        migrate(project.open(), prove=False)


def test_what_is_not_what_scratch_has_is_told(project: Project) -> None:
    """A revision that does something else on this database than on scratch."""
    up = """
        op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))
        if op.get_bind().exec_driver_sql("select position('live' in current_database())").scalar():
            op.execute("alter table tasks add extra int")
    """
    project.history(("a", None, up))
    with pytest.raises(ApplyError) as error:
        migrate(project.open())
    assert "all revisions were applied, up to a" in error.value.what
    assert "column public.tasks.extra" in error.value.what


def test_drift_stops_it_unless_it_is_named(project: Project) -> None:
    project.history(A, B)
    migrate(project.open(), to="a")
    project.live.execute("alter table tasks add by_hand int")
    project.live.execute("create table extra (a int)")
    with pytest.raises(ApplyError) as error:
        migrate(project.open())
    assert "is not what revision a makes" in error.value.what
    assert "column public.tasks.by_hand is in live, not in migrations" in error.value.what
    assert "--allow-drift public.extra --allow-drift public.tasks.by_hand" in (error.value.hint or "")
    with pytest.raises(ApplyError, match=r"public\.extra"):
        migrate(project.open(), allow_drift=["tasks.by_hand"])
    assert project.stamp == ["a"]
    outcome = migrate(project.open(), allow_drift=["tasks.by_hand", "public.extra", "nothing"])
    assert project.stamp == ["b"]
    assert any("as it did before" in n for n in outcome.report.notes)
    assert any("--allow-drift nothing: nothing that differs" in n for n in outcome.report.notes)
    assert "the database is at b\n" in outcome.text


def test_drift_that_the_settings_accept_stops_nothing(project: Project) -> None:
    text = """
        [[tool.todo-db.ignore]]
        rule = "table-extra"
        object = "public.extra"
        reason = "somebody else's"
    """
    project.write({"pyproject.toml": text})
    project.history(A, B)
    migrate(project.open(), to="a")
    project.live.execute("create table extra (a int)")
    migrate(project.open())
    assert project.stamp == ["b"]


def test_what_a_manager_of_users_keeps_is_no_drift(project: Project) -> None:
    project.settings(spec="schema.yaml")
    project.write({"schema.yaml": SPEC})
    project.history(USER_TASKS, ("b", "a", "pass"))
    project.live.execute("create table users (id text primary key)")
    migrate(project.open(), to="a")
    project.live.execute("create table verification (id text primary key)")
    migrate(project.open())
    assert project.stamp == ["b"]


# ---- refusals ------------------------------------------------------------------------------------


def test_tables_without_a_stamp(project: Project) -> None:
    project.history(A, B)
    project.live.execute("create table tasks (id int)")
    with pytest.raises(ApplyError) as error:
        migrate(project.open())
    assert "has tables (tasks) but no record" in error.value.what
    assert "stamp" in (error.value.hint or "")
    assert project.tables() == ["tasks"]


def test_tables_of_others_are_not_in_the_way(project: Project) -> None:
    project.history(A)
    project.live.execute("create table session (id int)")
    outcome = migrate(project.open())
    assert any("no revision makes: table public.session" in n for n in outcome.report.notes)
    assert project.tables() == ["alembic_version", "session", "tasks"]


def test_an_unknown_stamp(project: Project) -> None:
    project.history(A)
    migrate(project.open(), prove=False)
    project.live.execute("update alembic_version set version_num = 'fromelsewhere'")
    with pytest.raises(ApplyError, match="fromelsewhere, which the history does not have"):
        migrate(project.open())


def test_an_edited_applied_revision(project: Project) -> None:
    project.history(A)
    migrate(project.open(), prove=False)
    path = project.versions / "1_a.py"
    path.write_text(path.read_text().replace("Integer", "BigInteger"))
    with pytest.raises(ApplyError, match="edited: a; nothing was changed"):
        migrate(project.open(), prove=False)
    path.write_text(path.read_text().replace("BigInteger", "Integer") + "# harmless\n")
    assert migrate(project.open(), prove=False).text.startswith("nothing to do")


def test_a_pending_revision_may_be_edited(project: Project) -> None:
    project.history(A, B)
    migrate(project.open(), to="a", prove=False)
    (project.versions / "2_b.py").write_text(
        (project.versions / "2_b.py").read_text().replace("Text", "Integer")
    )
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]


def test_two_heads(project: Project) -> None:
    project.history(A, B, ("c", "a", "pass"))
    with pytest.raises(ApplyError) as error:
        migrate(project.open())
    assert "2_b.py" in error.value.what
    assert "3_c.py" in error.value.what


def test_a_missing_external_table(project: Project) -> None:
    project.settings(spec="schema.yaml")
    project.write({"schema.yaml": SPEC})
    project.history(USER_TASKS)
    with pytest.raises(ApplyError) as error:
        migrate(project.open())
    assert "users (managed by better-auth)" in error.value.what
    assert (error.value.hint or "").startswith("better-auth has to make this first")
    assert project.tables() == []
    project.live.execute("create table users (id text primary key, more int)")
    migrate(project.open())
    assert project.stamp == ["a"]


def test_a_lock_that_is_not_to_be_had_is_tried_for_again(project: Project) -> None:
    project.settings(lock_timeout="100ms")
    project.history(A, B)
    migrate(project.open(), to="a", prove=False)
    with psycopg.connect(project.server.conninfo(project.live)) as other:
        other.execute("lock table tasks in access share mode")

        def let_go_once_it_was_said() -> None:
            while not any("no lock within 50ms" in s for s in project.said):
                time.sleep(0.01)
            other.rollback()

        threading.Thread(target=let_go_once_it_was_said, daemon=True).start()
        migrate(project.open(), prove=False)
    assert project.stamp == ["b"]


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_time_limits_hold_whoever_opens_the_session(project: Project, env: str) -> None:
    project.settings(lock_timeout="7s", statement_timeout="8s")
    up = """
        show = op.get_bind().exec_driver_sql
        assert show("show statement_timeout").scalar() == "8s"
        assert 0 < show("select setting::int from pg_settings where name = 'lock_timeout'").scalar() <= 7000
    """
    project.history(("a", None, up), env=env)
    migrate(project.open(), prove=False)
    assert project.stamp == ["a"]


def test_a_bad_time_limit_is_named(project: Project) -> None:
    project.settings(lock_timeout="soon")
    project.history(A)
    with pytest.raises(UsageError, match="lock-timeout = 'soon' is no duration"):
        migrate(project.open())


def test_a_connection_that_is_lost_leaves_a_known_state(project: Project) -> None:
    up = """
        if "live" in op.get_bind().exec_driver_sql("select current_database()").scalar():
            op.execute("create table half (a int)")
            op.execute("select pg_terminate_backend(pg_backend_pid())")
    """
    project.history(A, ("b", "a", up))
    with pytest.raises(ApplyError, match="the database is at a") as error:
        migrate(project.open(), prove=False)
    assert "did not apply" in error.value.what
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])


def test_interrupted(project: Project) -> None:
    project.history(A, ("b", "a", "raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        migrate(project.open(), prove=False)
    assert any("interrupted while applying b; the database is at a" in s for s in project.said)
    assert project.stamp == ["a"]


def test_a_database_that_takes_no_changes(project: Project) -> None:
    project.history(A)
    name = project.live.info.dbname
    project.live.execute(f'alter database "{name}" set default_transaction_read_only = on'.encode())
    with pytest.raises(
        ApplyError, match="are read-only, so nothing can be applied here; nothing was changed"
    ):
        migrate(project.open(), prove=False)


def test_an_unreachable_database(project: Project) -> None:
    project.history(A)
    project.live.execute("select 1")
    ws = project.open()
    ws.url = "postgresql://nobody@127.0.0.1:1/nothing"
    with pytest.raises(UndeterminedError, match="cannot connect"):
        migrate(ws)


def test_a_version_table_of_another_name(project: Project) -> None:
    env = OUR_ENV.replace("run(context)", "run(context, version_table='stamps')")
    project.history(A, B, env=env)
    outcome = migrate(project.open())
    assert outcome.report.extra["verified"]
    assert project.tables() == ["stamps", "tasks"]
    assert migrate(project.open()).text == "nothing to do: the database is at b"


def test_the_variable_that_the_settings_name(project: Project) -> None:
    project.settings(database_url="OTHER_DATABASE")
    project.history(A)
    project.environ = {
        **project.environ,
        "OTHER_DATABASE": project.url,
        "DATABASE_URL": "postgresql://x.invalid/y",
    }
    ws = project.open()
    ws.url = None
    migrate(ws, prove=False)
    assert project.stamp == ["a"]


def test_only_the_schemas_that_the_settings_name(project: Project) -> None:
    project.settings(schemas=["public"])
    up = """
        op.execute("create schema audit")
        op.create_table("log", sa.Column("a", sa.Text()), schema="audit")
        op.create_table("tasks", sa.Column("a", sa.Text()))
    """
    project.history(("a", None, up))
    assert migrate(project.open()).report.extra["verified"]


# ---- processes -------------------------------------------------------------------------------------


def start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """`todo-db migrate …` as a process."""
    environ = {**os.environ, **project.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": project.url}
    command = [sys.executable, "-m", "todo_db", "migrate", *arguments]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=project.root, env=environ, text=True, **pipes)  # type: ignore[call-overload]


def test_eight_at_once_apply_each_revision_once(project: Project) -> None:
    create = 'op.execute("create table if not exists log (revision text)")'
    log = create + "\nop.execute(\"insert into log values ('{}')\")\n"
    first = (A[0], A[1], log.format("a") + A[2])
    second = (B[0], B[1], log.format("b") + B[2])
    project.history(first, second)
    processes = [start(project) for _ in range(8)]
    ended = [(p.communicate(timeout=120), p.returncode) for p in processes]
    assert [code for _, code in ended] == [0] * 8, [err for (_, err), _ in ended]
    assert project.rows("select revision, count(*) from log group by 1 order by 1") == [("a", 1), ("b", 1)]
    outs = [out for (out, _), _ in ended]
    assert sum(out.startswith("applied a") for out in outs) == 1
    assert sum(out.startswith("nothing to do") for out in outs) == 7


SLOW = ("b", "a", 'op.execute("create table half (a int)")\nop.execute("select pg_sleep(30)")')


def wait_for_sleep(project: Project) -> None:
    deadline = time.monotonic() + 30
    query = "select from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'"
    while not project.rows(query):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_killed_half_way_the_next_run_goes_on(project: Project) -> None:
    project.history(A, SLOW)
    process = start(project, "--no-proof")
    wait_for_sleep(project)
    process.kill()
    process.communicate()
    path = project.versions / "2_b.py"
    path.write_text(path.read_text().replace("30", "0"))
    pid = project.rows("select pid from pg_stat_activity where query = 'select pg_sleep(30)'")
    if pid:  # the server notices that its client is gone only when it has something to tell it
        project.live.execute("select pg_terminate_backend(%s)", pid[0])
    migrate(project.open(), prove=False)
    assert (project.stamp, project.tables()) == (["b"], ["alembic_version", "half", "tasks"])


def test_ctrl_c_says_the_state_and_leaves_nothing_running(project: Project) -> None:
    project.history(A, SLOW)
    process = start(project, "--no-proof")
    wait_for_sleep(project)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "interrupted while applying b; the database is at a" in err
    assert "Traceback" not in err
    assert (
        project.rows("select from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'")
        == []
    )
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])


def test_the_command_line(project: Project) -> None:
    project.history(A)
    out, err = start(project, "--format", "json").communicate(timeout=60)
    answer = json.loads(out)
    assert (answer["command"], answer["exit_code"], answer["stamp"]) == ("migrate", 0, ["a"])
    assert [a["revision"] for a in answer["applied"]] == ["a"]
    assert "applying a" in err
    status = start(project, "--url", project.url, "status")
    _, err = status.communicate(timeout=60)
    assert status.returncode == 2
    assert "behind the subcommand" in err


def test_the_lock_is_given_back(project: Project) -> None:
    project.history(A)
    migrate(project.open(), prove=False)
    with lock.held(project.live, lambda _: pytest.fail("the lock is still held")):
        pass
