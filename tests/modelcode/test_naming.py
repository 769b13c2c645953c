"""Names of classes, attributes and their plurals."""

from __future__ import annotations

import pytest

from todo_db.modelcode.naming import Imports, attribute, class_name, constant, many, one, words


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("tasks", "Task"),
        ("task_priorities", "TaskPriority"),
        ("user", "User"),
        ("addresses", "Address"),
        ("statuses", "Status"),
        ("databases", "Database"),
        ("purchases", "Purchase"),
        ("houses", "House"),
        ("boxes", "Box"),
        ("people", "Person"),
        ("analysis", "Analysis"),
        ("emailVerifications", "EmailVerification"),
        ("2fa_codes", "Table2FaCode"),
        ("タスク", "タスク"),
        ("--", "Row"),
    ],
)
def test_classes_are_called_after_one_row(table: str, name: str) -> None:
    assert class_name(table) == name


def test_rows_are_called_one_and_many() -> None:
    assert (one("task_priorities"), many("task_priorities")) == ("task_priority", "task_priorities")
    assert (many("user"), many("address"), many("person")) == ("users", "addresses", "people")
    assert words("emailVerified") == words("email_verified") == ["email", "verified"]


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("title", "title"),
        ("class", "class_"),
        ("metadata", "metadata_"),
        ("_x", "x"),
        ("a b", "a_b"),
        ("1st", "c_1st"),
    ],
)
def test_attributes_keep_the_columns_name_where_python_allows_it(column: str, name: str) -> None:
    assert attribute(column) == name


def test_attributes_and_members_never_collide() -> None:
    assert attribute("a b", {"a_b"}) == "a_b_2"
    assert (constant("in progress"), constant("1"), constant("")) == ("IN_PROGRESS", "V_1", "EMPTY")


def test_an_import_gives_way_to_the_modules_own_names() -> None:
    imports = Imports({"text", "date"})

    assert imports.use("sqlalchemy", "text") == "sql_text"
    assert imports.use("datetime", "date") == "py_date"
    assert imports.use("sqlalchemy", "func") == "func"
    assert imports.lines(100) == [
        "from datetime import date as py_date",
        "",
        "from sqlalchemy import func",
        "from sqlalchemy import text as sql_text",
        "",
    ]
