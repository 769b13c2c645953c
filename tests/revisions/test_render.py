"""A rendered revision turns one schema into the other and back, in Alembic's own operations."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from tests.revisions.helpers import Connection, round_trip
from tests.test_plan import _scripts
from todo_db.postgres.scratch import Scratch

Make = Callable[[str], Connection]

CASES = Path(__file__).parents[1] / "cases" / "revisions"


def parts(case: Path) -> tuple[str, str, bool]:
    """The SQL before and after, and whether all of it can be said without `op.execute`."""
    head, _, rest = case.read_text(encoding="utf-8").partition("-- before\n")
    before, _, after = rest.partition("-- after\n")
    return before, after, "everything" in head


def load(connection: Connection, sql: str) -> None:
    for statement in filter(None, map(str.strip, sql.split(";\n"))):
        connection.execute(statement.encode())


@pytest.mark.parametrize("case", sorted(CASES.glob("*.sql")), ids=lambda p: p.stem)
def test_there_and_back(case: Path, make_db: Make) -> None:
    old_sql, new_sql, idiomatic = parts(case)
    old, new, work = make_db("old"), make_db("new"), make_db("work")
    load(old, old_sql)
    load(work, old_sql)
    load(new, new_sql)
    source = round_trip(old, new, work)
    by_hand = re.sub(r"op.execute\((sa.schema|\s*\"CREATE EXTENSION)", "", source)
    assert ("op.execute(" not in by_hand) is idiomatic, source


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_scripts(), after=_scripts())
def test_from_anything_to_anything(server: Scratch, before: str, after: str) -> None:
    old, new, work = made = [server.database(label) for label in ("old", "new", "work")]
    try:
        load(old, before)
        load(work, before)
        load(new, after)
        round_trip(old, new, work)
    finally:  # not at the end of the test: its examples would use up the server's connections
        for connection in made:
            server.drop(connection)


def test_failing_case_is_noticed(make_db: Make) -> None:
    """The helper compares for real: a work database that is not like `old` does not pass."""
    old, new, work = make_db("old"), make_db("new"), make_db("work")
    load(new, "create table t (a int)")
    load(work, "create table t (a text)")
    with pytest.raises((AssertionError, psycopg.Error, Exception)):
        round_trip(old, new, work)
