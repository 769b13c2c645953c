"""Every fact of every kind has a case in tests/cases/objects: its change is seen, and a plan leads back.

A case file has a setup and changes to it: '-- @fact name' for a change of that fact, '-- @extra' for one by
which an object comes or goes. 'needs 18' names the oldest server, 'oneway: …' why no statement leads back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from todo_db.compare import compare
from todo_db.objects import KINDS
from todo_db.plan import plan
from todo_db.postgres.catalog import read
from todo_db.postgres.queries import module_of
from todo_db.schema import DbObject, fact_fields

EVERYTHING = {f.name for cls in KINDS for f in fact_fields(cls)}
CASES = Path(__file__).parents[1] / "cases" / "objects"
_HEAD = re.compile(
    r"^-- @(?P<what>setup|fact|extra)(?: (?!needs|oneway)(?P<fact>\w+))?(?: needs (?P<needs>\d+))?"
    r"(?: oneway: (?P<oneway>.+))?$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Case:
    what: str
    fact: str
    needs: int
    oneway: bool
    sql: str

    @property
    def title(self) -> str:
        return self.fact or self.sql.strip().splitlines()[0]


def _cases(cls: type[DbObject]) -> list[Case]:
    text = (CASES / f"{module_of(cls)}.sql").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [h.start() for h in heads[1:]] + [len(text)]
    return [
        Case(h["what"], h["fact"] or "", int(h["needs"] or 0), bool(h["oneway"]), text[h.end() : end])
        for h, end in zip(heads, ends, strict=True)
    ]


@pytest.fixture(scope="module")
def place(server) -> Iterator[None]:
    """Roles and a tablespace that the cases name; they belong to the whole server."""
    server.ensure_roles(["case_reader", "case_writer"])
    with server.superuser_connection(server.database("place")) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE case_space LOCATION ''")
    yield
    with server.superuser_connection(server.database("place again")) as connection:
        connection.execute("DROP TABLESPACE case_space")


@pytest.fixture
def connection(server, place, make_db):
    """A superuser's connection: some facts are only theirs to change."""
    connection = server.superuser_connection(make_db("facts"))
    yield connection
    connection.close()


@pytest.mark.parametrize("cls", KINDS, ids=lambda c: c.kind)
def test_each_fact_has_a_case(cls) -> None:
    with_cases = {case.fact for case in _cases(cls) if case.what == "fact"}
    assert with_cases == {f.name for f in fact_fields(cls)}


def _prepare(connection, cls: type[DbObject]) -> list[Case]:
    setup, *cases = _cases(cls)
    major = connection.info.server_version // 10000
    if major < setup.needs:
        pytest.skip(f"needs PostgreSQL {setup.needs}")
    connection.execute(setup.sql)
    return [case for case in cases if case.needs <= major]


@pytest.mark.parametrize("cls", KINDS, ids=lambda c: c.kind)
def test_each_change_is_seen(connection, cls) -> None:
    cases = _prepare(connection, cls)
    kinds = KINDS if any(case.what == "extra" for case in cases) else (cls,)
    before = read(connection, side="before", kinds=kinds)
    for case in cases:
        with connection.transaction(force_rollback=True):
            connection.execute(case.sql)
            after = read(connection, side="after", kinds=kinds)
        seen = {(d.key.kind, d.fact) for d in compare([before, after], also=EVERYTHING)}
        expected = {(cls.kind, case.fact)} if case.fact else {(cls.kind, "")}
        assert expected <= seen, case.title


@pytest.mark.long
@pytest.mark.parametrize("cls", KINDS, ids=lambda c: c.kind)
def test_a_plan_leads_back(connection, cls) -> None:
    cases = [case for case in _prepare(connection, cls) if not case.oneway]
    before = read(connection, side="before")
    for case in cases:
        with connection.transaction(force_rollback=True):
            connection.execute(case.sql)
            made = plan(read(connection, side="after"), before)
            assert made.refusals == (), case.title
            for statement in made.statements:
                connection.execute(statement.sql)
            left = [(d.key, d.fact, d.values) for d in compare([read(connection, side="after"), before])]
            assert left == [], case.title


@pytest.mark.parametrize("cls", [c for c in KINDS if c.kind != "security label"], ids=lambda c: c.kind)
def test_a_plan_makes_and_unmakes(connection, make_db, server, cls) -> None:
    """From nothing to the case's setup, and back to nothing."""
    empty = read(connection, side="empty")
    _prepare(connection, cls)
    full = read(connection, side="full")
    with server.superuser_connection(make_db("made")) as other:
        for goal in (full, empty):
            made = plan(read(other, side="now"), goal)
            assert made.refusals == ()
            with other.transaction():
                for statement in made.statements:
                    other.execute(statement.sql)
            left = [(d.key, d.fact, d.values) for d in compare([read(other, side="now"), goal])]
            assert left == []
