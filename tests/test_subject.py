"""The todo application shipped here: its models are what its spec says, and they work on a PostgreSQL."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, create_engine, select

from todo_db import startup
from todo_db.errors import Exit
from todo_db.findings import Severity
from todo_db.models import Comment, Level, Status, Task, TaskPriority, User
from todo_db.ownership.declared import Ownerships
from todo_db.postgres.scratch import Scratch
from todo_db.settings import load
from todo_db.sources import history as histories
from todo_db.sources.workspace import Workspace
from todo_db.workflows.check_spec import check
from todo_db.workflows.expected import expected

ROOT = Path(__file__).parents[1]


@pytest.fixture
def session(server: Scratch, make_db: Callable[[str], psycopg.Connection[Any]]) -> Iterator[Session]:
    """A session on a database that `create_all` built, Better Auth's table included."""
    connection = make_db("subject")
    engine = create_engine(server.url(connection))
    SQLModel.metadata.create_all(engine)
    with Session(engine) as opened:
        opened.add(User(id="u1", name="Ada", email="ada@example.org"))
        opened.commit()
        yield opened
    engine.dispose()


def test_models_and_spec_name_the_same_owners() -> None:
    with Workspace(load(ROOT)) as ws:
        stated = dict(Ownerships.from_specification(ws.specification))
    assert dict(Ownerships.from_metadata(SQLModel.metadata)) == stated
    assert set(stated) == {"tasks", "comments", "task_priorities"}


def test_the_models_are_what_the_spec_says(server: Scratch) -> None:
    with Workspace(load(ROOT), environ={**os.environ, "TODO_DB_CACHE": "0"}) as ws:
        ws.__dict__["scratch"] = server
        report = check(ws)
    assert [f.message for f in report.findings if f.severity is not Severity.INFO] == []
    assert report.exit_code() == Exit.CLEAN
    assert report.unknown == ()
    assert report.objects > 40


def test_what_the_application_expects_of_its_database_is_recorded(server: Scratch) -> None:
    ws = Workspace(load(ROOT), environ={**os.environ, "TODO_DB_CACHE": "0"}, scratch=server)
    with ws:
        history = histories.read(ws.settings)
        (head,) = history.heads
        assert startup.read(history.layout.folder / startup.FILE) == expected(ws, history, head)


def test_relationships_have_two_sides(session: Session) -> None:
    task = Task(user_id="u1", title="Write the spec")
    task.priority = TaskPriority(level=Level.HIGH)
    task.comments = [Comment(user_id="u1", body="first"), Comment(user_id="u1", body="second")]
    session.add(task)
    session.commit()
    session.expire_all()
    user = session.get_one(User, "u1")
    (found,) = user.tasks
    assert [found.user, found.priority.level, found.priority.task] == [user, "high", found]
    assert {c.body for c in found.comments} == {"first", "second"}
    assert [c.task for c in user.comments] == [found, found]


def test_the_database_sets_what_python_sets(session: Session) -> None:
    session.execute(sa.text("""INSERT INTO tasks (user_id, title) VALUES ('u1', 'raw')"""))
    raw = session.exec(select(Task).where(Task.title == "raw")).one()
    made = Task(user_id="u1", title="made")
    assert (raw.status, raw.is_deleted) == (made.status, made.is_deleted) == (Status.PENDING, False)
    assert raw.created_at.tzinfo is not None
    assert abs(raw.created_at - made.created_at) < dt.timedelta(minutes=5)


def test_an_update_refreshes_updated_at(session: Session) -> None:
    task = Task(user_id="u1", title="old", updated_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    session.add(task)
    session.commit()
    task.title = "new"
    session.commit()
    assert task.updated_at > dt.datetime(2021, 1, 1, tzinfo=dt.UTC)


def test_what_a_user_owns_goes_with_the_user(session: Session) -> None:
    task = Task(user_id="u1", title="t")
    task.priority = TaskPriority()
    task.comments = [Comment(user_id="u1", body="b")]
    session.add(task)
    session.commit()
    session.delete(session.get_one(User, "u1"))
    session.commit()
    counts = [
        session.exec(select(sa.func.count()).select_from(t)).one() for t in (Task, Comment, TaskPriority)
    ]
    assert counts == [0, 0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done"},
        {"is_deleted": True},
        {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"title": "x" * 201},
    ],
)
def test_the_database_refuses_what_the_spec_forbids(session: Session, wrong: dict[str, Any]) -> None:
    session.add(Task(**{"user_id": "u1", "title": "t", **wrong}))
    with pytest.raises((sa.exc.IntegrityError, sa.exc.DataError)):
        session.commit()
    session.rollback()
