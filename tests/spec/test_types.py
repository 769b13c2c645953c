"""Type words become PostgreSQL's spelling, or a family that says which types satisfy them."""

from __future__ import annotations

import pytest

from todo_db.spec.types import ANYTHING, TypeReading, accepted, compatible, read, take


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("VARCHAR(200)", "varchar(200)"),
        ("character varying (200)", "varchar(200)"),
        ("String(50)", "varchar(50)"),
        ("TIMESTAMP WITH TIME ZONE", "timestamptz"),
        ("TIMESTAMP WITH TZ", "timestamptz"),
        ("timestamp(3) without time zone", "timestamp(3)"),
        ("datetime with timezone", "timestamptz"),
        ("numeric(10, 2)", "numeric(10,2)"),
        ("INT(11)", "integer"),
        ("TINYINT(1)", "boolean"),
        ("text[]", "text[]"),
        ("List[str]", "string[]"),
        ("double", "double precision"),
        ("UUID/string", "uuid/string"),
        ("float", "float"),
    ],
)
def test_a_word_becomes_the_normal_spelling(written: str, type_: str) -> None:
    assert read(written) == TypeReading(type_)


@pytest.mark.parametrize("written", ["", "Task title", "boolean type", "whatever", "One-to-Many", "123"])
def test_what_is_no_type_is_not_read(written: str) -> None:
    assert read(written) is None


def test_a_serial_is_its_integer_and_increments() -> None:
    assert read("BIGSERIAL") == TypeReading("bigint", autoincrement=True)


@pytest.mark.parametrize("written", ["Optional[int]", "int | None", "int?"])
def test_a_type_may_say_that_null_is_allowed(written: str) -> None:
    assert read(written) == TypeReading("integer", nullable=True)


def test_an_enumeration_keeps_its_values() -> None:
    assert read("ENUM('low', 'high')") == TypeReading("enum", values=("low", "high"))
    assert read("enum: low | high") == TypeReading("enum", values=("low", "high"))


def test_what_follows_a_type_is_given_back() -> None:
    assert take("VARCHAR(255) UNIQUE NOT NULL") == (TypeReading("varchar(255)"), " UNIQUE NOT NULL")


@pytest.mark.parametrize(
    ("type_", "family"),
    [
        ("string", {"text", "character varying"}),
        ("datetime", {"timestamp with time zone", "timestamp without time zone"}),
        ("uuid/string", {"uuid", "text", "character varying"}),
    ],
)
def test_a_loose_word_accepts_its_family(type_: str, family: set[str]) -> None:
    assert accepted(type_) == family


@pytest.mark.parametrize("type_", ["uuid", "varchar(200)", "timestamp", "task_status"])
def test_a_type_of_postgresql_is_exact(type_: str) -> None:
    assert accepted(type_) is None


def test_an_enumeration_without_a_name_accepts_anything() -> None:
    assert accepted("enum('a', 'b')") == ANYTHING


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("string", "varchar(200)", True),
        ("varchar", "varchar(200)", True),
        ("varchar(200)", "varchar(255)", False),
        ("text", "varchar(200)", False),
        ("timestamp", "timestamptz", False),
        ("datetime", "timestamptz", True),
        ("uuid", "string", False),
        ("enum('a')", "task_status", True),
    ],
)
def test_two_types_agree_where_one_column_can_have_both(one: str, other: str, agree: bool) -> None:
    assert compatible(one, other) is agree
    assert compatible(other, one) is agree
