"""A heading names a table, an entity, or nothing."""

from __future__ import annotations

import pytest

from todo_db.spec.names import bare, key, named, singular
from todo_db.spec.statements import Firmness, TableName

LITERAL, TITLE, ENTITY = Firmness.LITERAL, Firmness.TITLE, Firmness.ENTITY


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Tasks Table", TableName("tasks", TITLE)),
        ("2.1 Refresh Tokens Table (Managed by Better Auth)", TableName("refresh_tokens", TITLE)),
        ("1. `user` Table", TableName("user", LITERAL)),
        ("Table: tasks", TableName("tasks", LITERAL)),
        ("Table 2: tasks", TableName("tasks", LITERAL)),
        ("Task Model", TableName("task", ENTITY)),
        ("TaskPriority Entity", TableName("task_priority", ENTITY)),
        ("Tasks Table Fields:", TableName("tasks", TITLE)),
        ("Data Model", None),
        ("Database Tables", None),
        ("Table Definitions", None),
        ("Overview", None),
    ],
)
def test_what_a_heading_names_in_so_many_words(heading: str, name: TableName | None) -> None:
    assert named(heading) == name


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("tasks", TableName("tasks", LITERAL)),
        ("users (managed by Better Auth)", TableName("users", LITERAL)),
        ("3. tasks", TableName("tasks", LITERAL)),
        ("Users", TableName("users", TITLE)),
        ("User", TableName("user", ENTITY)),
        ("`status`", TableName("status", LITERAL)),
        ("Constraints", None),
        ("3.1 Fields", None),
        ("Column Specifications", None),
    ],
)
def test_what_a_heading_names_by_being_only_a_name(heading: str, name: TableName | None) -> None:
    assert bare(heading) == name


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("tasks", "task"),
        ("categories", "category"),
        ("statuses", "status"),
        ("boxes", "box"),
        ("status", "status"),
        ("people", "person"),
    ],
)
def test_a_plural_has_a_singular(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_spellings_of_one_table_have_one_key() -> None:
    assert len({key(n) for n in ("Tasks", "task", "TASK", "public.tasks")}) == 1
