"""Engines: what is chosen for which host, and what is said when there is no database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tests.access.conftest import Shared
from tests.access.world import Tag
from todo_db.access import make_engine
from todo_db.access.engine import find_target
from todo_db.access.session import get_session, session_factory
from todo_db.errors import UsageError

POOLED = "postgresql://u:secret@ep-a-b-1-pooler.eu.aws.neon.tech/db?sslmode=require"
DIRECT = "postgresql://u:secret@ep-a-b-1.eu.aws.neon.tech/db?sslmode=require"


def connect_args(engine: Any) -> dict[str, Any]:
    """What psycopg is called with."""
    found: dict[str, Any] = {}

    class StopError(Exception):
        pass

    def note(dialect: Any, record: Any, args: Any, arguments: dict[str, Any]) -> None:
        found.update(arguments)
        raise StopError

    from sqlalchemy import event

    event.listen(engine, "do_connect", note)
    with pytest.raises(StopError):
        engine.connect()
    return found


@pytest.mark.parametrize(
    ("url", "options", "threshold"),
    [
        (POOLED, {}, None),
        (DIRECT, {}, 5),
        (DIRECT, {"pooled": True}, None),
        (DIRECT, {"prepared": False}, None),
        (POOLED, {"pooled": False}, 5),
        (DIRECT, {"connect_args": {"prepare_threshold": 2}}, 2),
    ],
)
def test_prepared_statements_only_where_safe(
    url: str, options: dict[str, Any], threshold: int | None
) -> None:
    engine = make_engine(url, **options)
    assert connect_args(engine)["prepare_threshold"] == threshold


def test_prepared_through_a_pooler_when_it_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    for able in (True, False):
        monkeypatch.setattr(psycopg.capabilities, "has_send_close_prepared", lambda able=able, **_: able)
        engine = make_engine(POOLED, prepared=True)
        assert connect_args(engine)["prepare_threshold"] == (5 if able else None)


def test_the_pool_fits_a_database_that_sleeps() -> None:
    engine = make_engine(POOLED)
    assert engine.pool._pre_ping
    assert engine.pool._recycle < 300
    assert connect_args(engine)["connect_timeout"] == 10
    assert "connect_timeout" not in str(engine.url)
    assert connect_args(make_engine(DIRECT + "&connect_timeout=3"))["connect_timeout"] == "3"


def test_the_password_is_not_shown() -> None:
    engine = make_engine(POOLED)
    assert "secret" not in repr(engine) + str(engine.url)


def test_where_the_url_comes_from(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL='{DIRECT}'\n")
    assert find_target(environ={}, project=tmp_path).origin == "DATABASE_URL in .env"
    assert find_target(environ={"DATABASE_URL": POOLED}, project=tmp_path).pooled
    assert not find_target(DIRECT, environ={"DATABASE_URL": POOLED}, project=tmp_path).pooled


def test_without_a_url(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="DATABASE_URL is not set") as caught:
        make_engine(environ={}, project=tmp_path)
    assert "postgresql://" in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        make_engine(environ={"DATABASE_URL": "mysql://u:secret@h/d"}, project=tmp_path)
    assert "secret" not in f"{caught.value.what} {caught.value.where} {caught.value.hint}"


def test_a_connection_that_died_is_replaced(shared: Shared) -> None:
    engine = make_engine(shared.url)
    with engine.connect() as first:
        pid = first.scalar(text("select pg_backend_pid()"))
    with shared.owner.connect() as other:
        other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    time.sleep(0.1)
    with engine.connect() as second:
        assert second.scalar(text("select pg_backend_pid()")) != pid
    engine.dispose()


def test_nobody_there_fails_within_the_timeout() -> None:
    engine = make_engine("postgresql://u:secret@127.0.0.1:1/db", poolclass=NullPool)
    with pytest.raises(OperationalError) as caught:
        engine.connect()
    assert "secret" not in str(caught.value)


def test_isolation_level(shared: Shared) -> None:
    engine = make_engine(shared.url, isolation_level="SERIALIZABLE")
    with engine.connect() as connection:
        assert connection.scalar(text("show transaction_isolation")) == "serializable"
    engine.dispose()


def test_get_session_commits_or_rolls_back(shared: Shared) -> None:
    factory = session_factory(shared.owner)
    dependency = get_session(factory)
    request = dependency()
    next(request).add(Tag(name="kept"))
    next(request, None)
    request = dependency()
    next(request).add(Tag(name="lost"))
    with pytest.raises(RuntimeError, match="the request failed"):
        request.throw(RuntimeError("the request failed"))
    with factory() as session:
        assert session.exec(select(Tag.name).order_by(Tag.id)).all() == ["red", "kept"]
