"""Repository: what an application does with one user's rows, sync and async."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session as PlainSession
from sqlmodel import Session, SQLModel, select

from tests.access.conftest import Shared
from tests.access.world import OWNERSHIPS, Comment, Note, Secret, Tag, Task
from todo_db.access import (
    AccessError,
    ForeignRowError,
    NotFoundError,
    Repository,
    UndeclaredTableError,
    UnscopedError,
    UserSession,
    UserSessions,
)
from todo_db.errors import UsageError


@pytest.fixture
def alice(sessions: UserSessions) -> Iterator[UserSession]:
    with sessions("alice") as session:
        yield session


def test_create_get_update_delete(alice: UserSession) -> None:
    tasks = Repository(alice, Task)
    made = tasks.create(title="new")
    assert (made.user_id, tasks.get(made.id).title) == ("alice", "new")
    assert tasks.update(made.id, {"title": "newer"}, done=True).done
    tasks.delete(made.id)
    assert tasks.find(made.id) is None
    with pytest.raises(NotFoundError):
        tasks.get(made.id)


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.get(2),
        lambda r: r.update(2, title="x"),
        lambda r: r.delete(2),
        lambda r: r.purge(2),
        lambda r: r.get(12345),
    ],
)
def test_another_users_row_is_as_absent_as_one_that_never_was(alice: UserSession, call: Any) -> None:
    with pytest.raises(NotFoundError, match=r"there is no Task \d+$"):
        call(Repository(alice, Task))


def test_foreign_owner_and_foreign_parent(alice: UserSession) -> None:
    with pytest.raises(ForeignRowError):
        Repository(alice, Task).create(title="x", user_id="bob")
    with pytest.raises(ForeignRowError):
        Repository(alice, Task).update(1, user_id="bob")
    alice.rollback()
    with pytest.raises(ForeignRowError):
        Repository(alice, Comment).create(task_id=2, body="x")
    alice.rollback()
    assert Repository(alice, Comment).create(task_id=1, body="x").id


def test_values_are_validated(alice: UserSession) -> None:
    with pytest.raises(ValueError, match="at most 40"):
        Repository(alice, Note).create(text="x" * 41)
    with pytest.raises(UsageError, match="no column 'titel'"):
        Repository(alice, Task).update(1, titel="x")


def test_a_model_as_values_changes_what_was_set(alice: UserSession) -> None:
    class TaskUpdate(SQLModel):
        title: str | None = None
        done: bool | None = None

    assert Repository(alice, Task).update(3, TaskUpdate(title="renamed")).done is True


def test_bulk(alice: UserSession) -> None:
    tasks = Repository(alice, Task)
    tasks.create_many([{"title": "x"}, {"title": "y"}])
    assert tasks.update_where(Task.title != "a1", values={"position": 7}) == 3
    assert tasks.count(position=7) == 3
    assert tasks.delete_where(position=7) == 3
    assert tasks.count() == 1
    assert alice.exec(select(Task.title)).all() == ["a1"]
    for call in (tasks.delete_where, lambda: tasks.update_where(values={"done": True})):
        with pytest.raises(UsageError, match="all rows of the user"):
            call()


def test_soft_delete_and_restore(alice: UserSession) -> None:
    notes = Repository(alice, Note)
    one, two = notes.create_many([{"text": "one"}, {"text": "two"}])
    notes.delete(one.id)
    assert notes.count() == 1
    assert notes.find(one.id) is None
    assert [n.text for n in notes.page(deleted=True).items] == ["one", "two"]
    assert notes.restore(one.id).deleted_at is None
    assert notes.delete_where(text="two") == 1
    assert notes.count() == 1
    notes.purge(two.id)
    assert notes.count(deleted=True) == 1
    with pytest.raises(UsageError, match="not deleted softly"):
        Repository(alice, Task).restore(1)


DAYS = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 2, 3)]
dates = st.sampled_from([None, *DAYS])


@given(
    rows=st.lists(st.tuples(dates, st.sampled_from("ab")), max_size=9),
    order=st.lists(
        st.sampled_from(["due", "-due", "text", "-text"]), max_size=2, unique_by=lambda o: o.strip("-")
    ),
    limit=st.integers(1, 4),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_pages_together_are_the_whole_list(
    alice: UserSession, rows: list[Any], order: list[str], limit: int
) -> None:
    """Whatever the order, ties and nulls: each row once, in the order of one long list."""
    notes = Repository(alice, Note)
    alice.rollback()
    notes.create_many({"text": t, "due": d} for d, t in rows)
    whole = notes.page(order=order, limit=200)
    found, after = [], None
    while True:
        page = notes.page(order=order, limit=limit, after=after)
        found += page.items
        after = page.next
        if after is None:
            break
    assert [n.id for n in found] == [n.id for n in whole.items]
    assert len(found) == len(rows)
    alice.rollback()


def test_a_wrong_page_is_told(alice: UserSession) -> None:
    notes = Repository(alice, Note)
    notes.create_many([{"text": "a"}, {"text": "b"}])
    after = notes.page(order="text", limit=1).next
    for order, text_ in (("-text", after), ("text", "no"), ("text", "AAAA"), ("text", "é")):
        with pytest.raises(UsageError, match="`after` is not the end of a page"):
            notes.page(order=order, after=text_)
    with pytest.raises(UsageError, match="limit"):
        notes.page(limit=1000)
    with pytest.raises(UsageError, match="no column 'user'"):
        notes.page(order="user")


def test_owned_tables_need_a_users_session(shared: Shared) -> None:
    engine = create_engine(shared.url)
    with Session(engine) as session:
        with pytest.raises(UnscopedError, match=r"belong to users") as caught:
            Repository(session, Task)
        assert "sessions(user_id)" in (caught.value.hint or "")
        with pytest.raises(UnscopedError):
            Repository(session, Task, ownerships=OWNERSHIPS)
        with pytest.raises(UndeclaredTableError):
            Repository(session, Secret, ownerships=OWNERSHIPS)
        assert Repository(session, Tag, ownerships=OWNERSHIPS).count() == 1
    engine.dispose()


def test_raw_text_runs_where_policies_hold_and_only_there(sessions: UserSessions, shared: Shared) -> None:
    with sessions("alice") as session:
        if "role" in shared.url:
            rows = session.raw(
                "select title from tasks where title <> :t", {"t": "100%"}, reason="test"
            ).all()
            assert rows == [("a1",), ("a2",)]
        else:
            with pytest.raises(AccessError, match="has BYPASSRLS"):
                session.raw("select title from tasks", reason="test")


def test_raw_text_is_refused_where_one_table_is_not_held(sessions: UserSessions, shared: Shared) -> None:
    if "role" not in shared.url:
        pytest.skip("a role that bypasses everything is refused before")
    with shared.owner.begin() as owner:
        owner.execute(text("ALTER TABLE notes DISABLE ROW LEVEL SECURITY"))
    with (
        sessions("alice") as session,
        pytest.raises(AccessError, match="notes has no row level security"),
    ):
        session.raw("select title from tasks", reason="test")


def test_a_superuser_may_not_run_raw_text(shared: Shared, server: Any) -> None:
    superuser = server.superuser_connection(shared.connection)
    url = f"postgresql+psycopg://{superuser.info.user}@/{superuser.info.dbname}?host={superuser.info.host}&port={superuser.info.port}"
    superuser.close()
    engine = create_engine(url)
    with UserSessions(engine, OWNERSHIPS)("alice") as session:
        with pytest.raises(AccessError, match="is a superuser") as caught:
            session.raw("select title from tasks", reason="test")
        assert "Neon" in (caught.value.hint or "")
    with PlainSession(engine) as plain:  # the same text, without us, shows everything
        assert len(plain.execute(text("select title from tasks")).all()) == 4
    engine.dispose()
