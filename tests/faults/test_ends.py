"""However a run ends, it says what it left, the ledger says the same, and the next run goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Hearing, Project, revision
from tests.support.proxy import Fate, Proxy
from tests.workflows.test_migrate import start
from todo_db.apply import lock, session
from todo_db.errors import ApplyError, TodoDbError
from todo_db.postgres import accounts
from todo_db.workflows.migrate import migrate

A = ("a", None, 'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))')
B = ("b", "a", 'op.add_column("tasks", sa.Column("title", sa.Text()))')
SLOW = ("b", "a", 'op.execute("create table half (a int)")\nop.execute("select pg_sleep(30)")')
C = ("c", "b", 'op.create_table("more", sa.Column("id", sa.Integer()))')


@pytest.fixture
def proxy(project: Project) -> Iterator[Proxy]:
    info = project.live.info
    with Proxy(f"{info.host}/.s.PGSQL.{info.port}") as running:
        yield running


def through(project: Project, proxy: Proxy) -> str:
    facts = f"{project.live.info.user}@127.0.0.1:{proxy.port}/{project.live.info.dbname}"
    return f"postgresql://{facts}?sslmode=disable&gssencmode=disable"


def run(project: Project, url: str) -> None:
    ws = project.open()
    ws.url = url
    migrate(ws, prove=False)


def quick(project: Project) -> None:
    """The slow revision is slow no longer."""
    path = project.versions / "2_b.py"
    path.write_text(path.read_text().replace("30", "0"))


# ---- the connection ---------------------------------------------------------------------------------


def at_commit(fate: Fate, number: int) -> Callable[[int, bytes, bytes], Fate]:
    """The fate of the connection at the n-th COMMIT."""
    seen = []

    def ask(_count: int, kind: bytes, body: bytes) -> Fate:
        if kind == b"Q" and body.upper().startswith(b"COMMIT"):
            seen.append(body)
            return fate if len(seen) == number else Fate.GO_ON
        return Fate.GO_ON

    return ask


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_a_commit_that_arrived_though_its_answer_did_not(project: Project, proxy: Proxy, env: str) -> None:
    """It is looked up, and the run goes on with what follows."""
    project.history(A, B, C, env=env)
    run_to_a = project.open()
    migrate(run_to_a, to="a", prove=False)
    proxy.on_message = at_commit(Fate.CUT_AFTER, 1)
    run(project, through(project, proxy))
    assert project.stamp == ["c"]
    assert project.ledger() == [(n, "upgrade", "applied") for n in "abc"]
    assert "the connection was lost, but the commit of b had arrived" in project.said


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_a_commit_that_did_not_arrive(project: Project, proxy: Proxy, env: str) -> None:
    project.history(A, B, C, env=env)
    migrate(project.open(), to="a", prove=False)
    proxy.on_message = at_commit(Fate.CUT, 1)
    with pytest.raises(ApplyError, match=r"nothing of it is left; the database is at a"):
        run(project, through(project, proxy))
    assert project.ledger() == [("a", "upgrade", "applied"), ("b", "upgrade", "failed")]
    migrate(project.open(), prove=False)
    assert project.stamp == ["c"]


def test_whether_a_commit_arrived_stays_open_where_nobody_can_look(
    project: Project, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "WAIT", 1.0)
    project.history(A, B)
    migrate(project.open(), to="a", prove=False)
    commit = at_commit(Fate.CUT_AFTER, 1)

    def ask(count: int, kind: bytes, body: bytes) -> Fate:
        fate = Fate.CUT if gone else commit(count, kind, body)
        if fate is not Fate.GO_ON:
            gone.append(True)
        return fate

    gone: list[bool] = []
    proxy.on_message = ask
    with pytest.raises(ApplyError, match="whether it was committed could not be looked up") as error:
        run(project, through(project, proxy))
    assert "migrate status" in (error.value.hint or "")
    assert project.stamp == ["b"]


def test_a_network_that_stops_and_goes_on(project: Project, proxy: Proxy) -> None:
    project.history(A, B, C)
    migrate(project.open(), to="a", prove=False)

    def ask(_count: int, kind: bytes, body: bytes) -> Fate:
        if kind == b"Q" and body.upper().startswith(b"COMMIT") and not held:
            held.append(True)
            proxy.hole()
            threading.Timer(0.5, proxy.resume).start()
        return Fate.GO_ON

    held: list[bool] = []
    proxy.on_message = ask
    run(project, through(project, proxy))
    assert (held, project.stamp) == ([True], ["c"])


def test_a_session_that_is_ended_loses_its_lock_and_does_not_commit(project: Project) -> None:
    """Somebody ends the run's session, and another run begins at once."""
    project.history(A, SLOW)
    migrate(project.open(), to="a", prove=False)

    def end() -> None:
        query = "select pid from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'"
        while not (found := project.rows(query)):
            time.sleep(0.01)
        quick(project)
        project.live.execute("select pg_terminate_backend(%s)", found[0])

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(ApplyError, match="the database is at a"):
        migrate(project.open(), prove=False)
    thread.join()
    assert project.tables() == ["alembic_version", "tasks"]
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]


def test_the_session_of_a_foreign_env_outlives_the_one_with_the_lock(project: Project) -> None:
    """The next run waits for it, although the lock is free; and it does not commit."""
    project.history(A, SLOW, env=ALEMBICS_ENV)
    migrate(project.open(), to="a", prove=False)
    other = psycopg.connect(project.server.conninfo(project.live), autocommit=True)
    waited: list[bool] = []

    def end_the_lock() -> None:
        query = "select pid from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'"
        while not (found := project.rows(query)):
            time.sleep(0.01)
        holder = "select pid from pg_locks where locktype = 'advisory' and granted"
        project.live.execute(f"select pg_terminate_backend(pid) from ({holder}) x")
        said = Hearing(
            {"another run": lambda: project.live.execute("select pg_cancel_backend(%s)", found[0])}
        )
        with lock.held(other, said.append) as had_to_wait:
            waited.append(had_to_wait)

    thread = threading.Thread(target=end_the_lock)
    thread.start()
    with pytest.raises(TodoDbError):
        migrate(project.open(), prove=False)
    thread.join()
    other.close()
    assert waited == [True]
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])


# ---- signals ----------------------------------------------------------------------------------------


def begun(project: Project, process: subprocess.Popen[str]) -> None:
    query = "select from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'"
    while not project.rows(query):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.mark.parametrize("numbers", [("SIGINT", "SIGINT"), ("SIGHUP",), ("SIGTERM",)], ids="-".join)
def test_a_run_that_is_told_to_stop(project: Project, numbers: tuple[str, ...]) -> None:
    project.history(A, SLOW)
    process = start(project, "--no-proof")
    begun(project, process)
    for name in numbers:
        process.send_signal(signal.Signals[name])
        time.sleep(0.05)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "interrupted while applying b" in err
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])
    quick(project)
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]
    assert [end for _, _, end in project.ledger()] == ["applied", "interrupted", "applied"]


def test_a_closed_terminal(project: Project) -> None:
    """SIGHUP comes, and what is written to the terminal fails."""
    project.history(A, SLOW)
    ours, theirs = os.openpty()
    environ = {**os.environ, **project.environ, "DATABASE_URL": project.url}
    command = ["setsid", "--ctty", "--wait", sys.executable, "-m", "todo_db", "migrate", "--no-proof"]
    process = subprocess.Popen(
        command, cwd=project.root, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    begun(project, process)  # type: ignore[arg-type]
    os.close(ours)
    process.wait(60)
    query = "select from pg_stat_activity where application_name like 'todo-db%'"
    while project.rows(query):
        time.sleep(0.02)
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])
    quick(project)
    migrate(project.open(), prove=False)
    assert project.stamp == ["b"]


# ---- the server's resources -------------------------------------------------------------------------

LIMITED = """
    if "live" in op.get_bind().exec_driver_sql("select current_database()").scalar():
        limit(op.get_bind().exec_driver_sql("select pg_backend_pid()").scalar())
    op.execute("set local maintenance_work_mem = '1GB'")
    op.execute("set local max_parallel_maintenance_workers = 0")
    op.execute("insert into tasks select generate_series(1, 300000)")
    op.execute("create index big on tasks ((repeat('x', 50) || id))")
"""
HEAD = """
import subprocess

def limit(pid):
    subprocess.run(["prlimit", "--pid", str(pid), {option!r}], check=True, **{as_user!r})
"""


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit")
@pytest.mark.parametrize(
    ("option", "said"),
    [("--fsize=1048576", "File too large|No space left"), ("--as=1", "out of memory")],
    ids=["the disk is full", "no memory for a sort"],
)
def test_the_server_runs_out_of_something(project: Project, option: str, said: str) -> None:
    """Limits of its backend's process, under which PostgreSQL fails as it does for want of the real thing."""
    owner = accounts.account()
    as_user = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}
    head = HEAD.format(option=option, as_user=as_user)
    project.history(A)
    migrate(project.open(), prove=False)
    path = project.versions / "2_b.py"
    path.write_text(revision("b", "a", LIMITED, head=head))
    with pytest.raises(ApplyError, match=said) as error:
        migrate(project.open(), prove=False)
    assert "nothing of it is left; the database is at a" in error.value.what
    assert project.rows("select count(*) from tasks") == [(0,)]
    path.write_text(path.read_text().replace("        limit(", "        str("))
    migrate(project.open(), prove=False)
    assert project.rows("select count(*) from tasks") == [(300000,)]
    assert [end for _, _, end in project.ledger()] == ["applied", "failed", "applied"]
