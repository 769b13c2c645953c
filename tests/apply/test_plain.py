"""Plain Alembic through our env.py: it waits for locks as `migrate` does, and says what it left."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from alembic.config import main

from tests.support.histories import Hearing, Project
from tests.support.proxy import Fate, Proxy
from todo_db.apply import session

A = ("a", None, 'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))')
B = ("b", "a", 'op.add_column("tasks", sa.Column("title", sa.Text()))', 'op.drop_column("tasks", "title")')
C = ("c", "b", 'op.add_column("tasks", sa.Column("more", sa.Text()))', 'op.drop_column("tasks", "more")')
APART = (
    "b",
    "a",
    """
    with op.get_context().autocommit_block():
        {}
        op.execute("alter table tasks add title text")
    """,
)
Alembic = Callable[..., int]


@pytest.fixture
def alembic(project: Project, monkeypatch: pytest.MonkeyPatch) -> Alembic:
    """Runs it in this process; gives its exit code."""

    def run(*arguments: str, url: str = "") -> int:
        project.write({"alembic.ini": "[alembic]\nscript_location = migrations\n"})
        monkeypatch.chdir(project.root)
        monkeypatch.setenv("DATABASE_URL", url or project.url)
        try:
            main([*arguments], prog="alembic")
        except SystemExit as end:
            return int(end.code or 0) % 256  # as the shell sees it
        return 0

    return run


@contextmanager
def in_use(project: Project, until: str, capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """Somebody has read the table, and keeps their transaction open until a text was said (or to the end)."""
    heard: list[str] = []
    over = threading.Event()
    with psycopg.connect(project.server.conninfo(project.live), application_name="report") as other:
        other.execute("select * from tasks")

        def wait() -> None:
            while not over.is_set() and (not until or until not in "".join(heard)):
                heard.append(capsys.readouterr().err)
                time.sleep(0.02)
            other.rollback()

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield heard
        finally:
            over.set()
            thread.join()
            heard.append(capsys.readouterr().err)


def test_a_lock_is_tried_for_again(
    project: Project, alembic: Alembic, capsys: pytest.CaptureFixture[str]
) -> None:
    project.history(A, B, C)
    assert alembic("upgrade", "a") == 0
    with in_use(project, "again in", capsys) as heard:
        assert alembic("upgrade", "head") == 0
    assert "b: no lock within 62ms" in "".join(heard)
    assert project.ledger() == [(n, "upgrade", "applied") for n in "abc"]


def test_back_by_so_many_is_no_more_when_it_is_tried_again(
    project: Project, alembic: Alembic, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps are those from where it began, however often it is tried."""
    project.history(A, B, C)
    assert alembic("upgrade", "head") == 0
    with in_use(project, "again in", capsys):
        assert alembic("downgrade", "-1") == 0
    assert project.stamp == ["b"]


def test_who_is_in_the_way_is_named(
    project: Project, alembic: Alembic, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    project.history(A, B)
    assert alembic("upgrade", "a") == 0
    project.settings(lock_patience="1s")
    with in_use(project, "", capsys):
        assert alembic("upgrade", "head") == 255
    said = caplog.text
    assert "revision b got no lock: canceling statement due to lock timeout; the database is at a" in said
    assert "report, role" in said
    assert project.ledger()[-1] == ("b", "upgrade", "failed")


@pytest.mark.parametrize("before", ["", 'op.execute("create table half (a int)")'], ids=["first", "second"])
def test_what_commits_by_itself_is_only_tried_again_where_nothing_was_done(
    project: Project, alembic: Alembic, capsys: pytest.CaptureFixture[str], before: str
) -> None:
    project.settings(lock_patience="3s")
    project.history(A, (*APART[:2], APART[2].format(before)))
    assert alembic("upgrade", "a") == 0
    with in_use(project, "again in" if not before else "", capsys) as heard:
        assert alembic("upgrade", "head") == (0 if not before else 255)
    assert ("again in" in "".join(heard)) is (not before)


@pytest.mark.parametrize(("fate", "at"), [(Fate.CUT, "a"), (Fate.CUT_AFTER, "b")], ids=["cut", "after"])
def test_a_lost_connection_is_looked_after(
    project: Project, alembic: Alembic, caplog: pytest.LogCaptureFixture, fate: Fate, at: str
) -> None:
    project.history(A, B)
    assert alembic("upgrade", "a") == 0
    info = project.live.info
    last: list[bytes] = []

    def ask(_count: int, kind: bytes, body: bytes) -> Fate:
        if kind == b"Q" and body.startswith(b"COMMIT") and last and b"UPDATE" in last[-1]:
            last.clear()
            return fate
        if kind in (b"Q", b"P"):
            last.append(body if b"todo_db_ledger" in body and b"UPDATE" in body else b"")
        return Fate.GO_ON

    with Proxy(f"{info.host}/.s.PGSQL.{info.port}") as proxy:
        proxy.on_message = ask
        url = f"postgresql://{info.user}@127.0.0.1:{proxy.port}/{info.dbname}?sslmode=disable"
        assert alembic("upgrade", "head", url=f"{url}&gssencmode=disable") == 255
    said = caplog.text
    assert "the connection was lost" in said
    assert f"the database is at {at}" in said
    assert project.ledger()[-1] == ("b", "upgrade", "applied" if at == "b" else "failed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_is_told_to_stop(
    project: Project, alembic: Alembic, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    project.history(A, ("b", "a", 'op.execute("create table half ()")\nop.execute("select pg_sleep(30)")'))
    assert alembic("upgrade", "a") == 0
    said = Hearing({})
    monkeypatch.setattr("sys.stderr.write", said.append)

    def stop() -> None:
        query = "select from pg_stat_activity where query = 'select pg_sleep(30)' and state = 'active'"
        while not project.rows(query):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        alembic("upgrade", "head")
    thread.join()
    assert "interrupted; the database is at a\n" in said
    assert project.tables() == ["alembic_version", "tasks"]
    assert project.ledger()[-1] == ("b", "upgrade", "interrupted")


def test_our_own_errors_have_no_traceback(
    project: Project, alembic: Alembic, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "WAIT", 0.1)
    project.history(A)
    assert alembic("upgrade", "head", url="postgresql://x:secret@127.0.0.1:1/x") == 255
    assert (
        "nothing listens there\n  at DATABASE_URL: postgresql://x:***@127.0.0.1:1/x\n  hint: " in caplog.text
    )
    project.settings(lock_timeout="soon")
    assert alembic("upgrade", "head") == 255
    assert "lock-timeout = 'soon' is no duration" in caplog.text
    assert project.tables() == []
