"""While a redirection is in force no engine reaches another database, however it was made."""

from __future__ import annotations

import logging.config
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from todo_db.postgres.scratch import Scratch
from todo_db.sources.redirect import environment, only_to

Make = Callable[[str], Any]


def name_of(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("select current_database()").scalar())


@pytest.fixture
def two(server: Scratch, make_db: Make) -> tuple[sa.URL, sa.URL, str, str]:
    """The URLs and the names of two databases."""
    one, other = make_db("real"), make_db("scratch")
    urls = [sa.make_url(server.url(c)) for c in (one, other)]
    return urls[0], urls[1], one.info.dbname, other.info.dbname


def test_engines_made_before_within_and_after(two: tuple[sa.URL, sa.URL, str, str]) -> None:
    real_url, url, real, scratch = two
    before, pooled = sa.create_engine(real_url), sa.create_engine(real_url)
    assert name_of(pooled) == real  # its pool holds a connection to the real database now
    with only_to(url):
        within = sa.create_engine(real_url)
        assert {name_of(e) for e in (before, pooled, within)} == {scratch}
    for engine in (before, pooled, within):
        engine.dispose()
        assert name_of(engine) == real
        engine.dispose()


def test_statements_are_recorded_with_their_line(two: tuple[sa.URL, sa.URL, str, str]) -> None:
    engine = sa.create_engine(two[1])
    with only_to(two[1], [str(Path(__file__).parent)]) as watch:
        name_of(engine)
    engine.dispose()
    (found,) = [e for e in watch.executed if "current_database" in e.sql]
    assert (found.path, found.line) == (__file__, name_of.__code__.co_firstlineno + 2)


def test_another_kind_of_database_is_refused(two: tuple[sa.URL, sa.URL, str, str]) -> None:
    engine = sa.create_engine("sqlite://")
    with only_to(two[1]), pytest.raises(Exception, match="sqlite, not to PostgreSQL"):
        engine.connect()


def test_the_environment_is_put_back(
    monkeypatch: pytest.MonkeyPatch, two: tuple[sa.URL, sa.URL, str, str]
) -> None:
    monkeypatch.setenv("SOME_URL", "postgres://me:secret@example.invalid/db")
    monkeypatch.setenv("PGSERVICE", "mine")
    before = dict(os.environ)
    with environment(two[1], ["DATABASE_URL"]):
        assert two[3] in os.environ["DATABASE_URL"]
        assert os.environ["SOME_URL"].startswith("postgres://")
        assert "example.invalid" not in os.environ["SOME_URL"]
        assert "PGSERVICE" not in os.environ
        os.environ["LEFT"] = "behind"
    assert dict(os.environ) == before


def test_logging_and_standard_output_are_left_alone(
    two: tuple[sa.URL, sa.URL, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with only_to(two[1]):
        logging.config.fileConfig("no such file")
        print("hello")  # noqa: T201
    assert capsys.readouterr() == ("", "hello\n")
