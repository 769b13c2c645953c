"""Constraint cells and phrases become facts; remarks do not."""

from __future__ import annotations

import pytest

from todo_db.spec.constraints import read, read_prose
from todo_db.spec.defaults import default
from todo_db.spec.document import CheckSpec, ReferenceSpec
from todo_db.spec.statements import Fact

USERS = ("references", ReferenceSpec(table="users", columns=("id",)))


def facts(text: str) -> list[tuple[str, object]]:
    return [(f.name, f.value) for f in read(text)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("PK, UUID", [("primary_key", True)]),
        ("NOT NULL, UNIQUE", [("nullable", False), ("unique", True)]),
        ("NULLABLE, max 1000 chars", [("nullable", True), ("max_length", 1000)]),
        ("FK → users.id, NOT NULL", [USERS, ("nullable", False)]),
        ("FOREIGN KEY (users.id)", [USERS]),
        ("FOREIGN KEY (user_id) REFERENCES users(id)", [USERS]),
        ("references users(id) on delete set null", [USERS, ("on_delete", "set null")]),
        ('Foreign Key to `users.id` with `ondelete="CASCADE"`', [USERS, ("on_delete", "cascade")]),
        ("FOREIGN KEY, NOT NULL", [("references", ReferenceSpec(table="")), ("nullable", False)]),
        ("DEFAULT NOW() ON UPDATE", [("server_default", "now()"), ("on_update", "now()")]),
        ("DEFAULT '[]'::json NOT NULL", [("server_default", "'[]'::json"), ("nullable", False)]),
        ("auto-increment", [("autoincrement", True)]),
        ("CHECK (a IN ('x', 'y'))", [("check", CheckSpec(expr="a IN ('x', 'y')"))]),
        ("generated always as identity", [("identity", "always")]),
        ("no foreign key", [("references", None)]),
        ("", []),
        ("-", []),
        ("1-200 characters", [("max_length", 200)]),
        ("defaults to FALSE; no NULL values", [("server_default", "false"), ("nullable", False)]),
        ("NOT NULL, MAX_LENGTH(1000)", [("nullable", False), ("max_length", 1000)]),
        ("'open' or 'shut'", [("values", ("open", "shut"))]),
        ("FK (references Better Auth user)", [("references", ReferenceSpec(table="user"))]),
        ("FK, references parent task", [("references", ReferenceSpec(table=""))]),
        (
            "references tasks on delete cascade",
            [("references", ReferenceSpec(table="tasks")), ("on_delete", "cascade")],
        ),
    ],
)
def test_a_cell_states_these_facts(cell: str, expected: list[tuple[str, object]]) -> None:
    assert facts(cell) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("FALSE", [("server_default", "false")]),
        ("NOW()", [("server_default", "now()")]),
        ("CURRENT_TIMESTAMP", [("server_default", "CURRENT_TIMESTAMP")]),
        ("current timestamp", [("server_default", "now()")]),
        ('"medium"', [("server_default", "'medium'")]),
        ("'it''s'", [("server_default", "'it''s'")]),
        ("uuid4()", [("default", "uuid4()")]),
        ("NULL", [("server_default", None)]),
        ("auto", []),
        ("Auto-generated", []),
        ("-", []),
        ("None", []),
        ("Current UTC", []),
    ],
)
def test_a_default_is_a_value_of_the_database_of_python_or_a_remark(
    value: str, expected: list[tuple[str, object]]
) -> None:
    assert [(f.name, f.value) for f in default(value)] == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Unique identifier for the task", []),
        ("Primary key, unique identifier for the user", [("primary_key", True)]),
        ("Unique, not null, user's email address", [("unique", True), ("nullable", False)]),
        ("Foreign key referencing users.id (from Better Auth)", [USERS]),
        ("Default priority of a new task", []),
        ("Whether the task is done (default: false)", [("server_default", "false")]),
        ("The index of the row", []),
    ],
)
def test_of_a_sentence_only_phrases_that_begin_a_part_count(
    sentence: str, expected: list[tuple[str, object]]
) -> None:
    assert [(f.name, f.value) for f in read_prose(sentence)] == expected


def test_a_value_in_code_marks_is_taken_as_it_stands() -> None:
    assert read("DEFAULT `nextval('s'::regclass)`") == [Fact("server_default", "nextval('s'::regclass)")]
