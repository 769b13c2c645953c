"""Servers of different majors: what only one of them can state is no difference; everything else is."""

from __future__ import annotations

from todo_db.compare import compare
from todo_db.objects.column import Column
from todo_db.objects.extension import Extension
from todo_db.objects.grant import Grant
from todo_db.objects.table import Table
from todo_db.schema import Schema, index_by_key
from todo_db.versions import level

TABLE = Table(schema="public", name="t")


def _side(name: str, server: int | None, version: str, *privileges: str) -> Schema:
    grant = Grant(of="table", name="public.t", grantee="r", privileges=privileges)
    extension = Extension(name="x", schema="public", version=version)
    return Schema(name, index_by_key([TABLE, grant, extension]), server=server)


def test_all_rights_are_all_rights_in_any_version() -> None:
    old, new = _side("old", 160014, "1.0", "select"), _side("new", 180006, "1.1", "maintain", "select")
    outcome = compare([old, new])
    assert not outcome
    assert outcome.set_aside == (
        "not compared between PostgreSQL 16 and 18: the versions of extensions (x)",
        "not compared between PostgreSQL 16 and 18: the privilege MAINTAIN",
    )


def test_other_rights_still_differ() -> None:
    old, new = _side("old", 160014, "1.0", "select"), _side("new", 180006, "1.0", "insert", "select")
    assert [d.fact for d in compare([old, new])] == ["privileges"]


def test_one_major_is_compared_to_the_letter() -> None:
    one, two = _side("one", 180005, "1.0", "select"), _side("two", 180006, "1.1", "maintain", "select")
    assert {d.fact for d in compare([one, two])} == {"privileges", "version"}
    assert level([one, two]) == [one, two]
    assert compare([one, two]).set_aside == ()


def test_from_17_on_maintain_counts() -> None:
    old, new = _side("old", 170010, "1.0", "select"), _side("new", 180006, "1.1", "maintain", "select")
    assert [d.fact for d in compare([old, new])] == ["privileges"]


def test_before_18_a_not_null_constraint_has_no_name() -> None:
    def side(name: str, server: int, **facts: str) -> Schema:
        column = Column(
            schema="public", table="t", name="a", position=1, type="text", nullable=False, **facts
        )  # type: ignore[arg-type]
        return Schema(name, index_by_key([TABLE, column]), server=server)

    named = side("new", 180006, not_null_name="said", not_null_comment="why")
    outcome = compare([side("old", 150018), named])
    assert not outcome
    assert outcome.set_aside == (
        "not compared between PostgreSQL 15 and 18: the names and comments of NOT NULL constraints (t.a)",
    )
    assert {d.fact for d in compare([side("old", 180006), named])} == {"not_null_name", "not_null_comment"}
