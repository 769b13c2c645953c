"""The revision file as a whole: it is Python, laid out by the rules, and says what it is for."""

from __future__ import annotations

import ast
import datetime as dt
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todo_db.objects.enum import Enum
from todo_db.plan import Change
from todo_db.revisions.code import Call, call
from todo_db.revisions.document import Draft, file_name, slug, variables, write
from todo_db.revisions.render import Operation

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def draft(message: str = "add tasks", *operations: Operation, **values: object) -> str:
    enums = {"state": Enum(schema="public", name="state", labels=("a",))} if operations else {}
    given = {
        "id": "abc",
        "down": None,
        "message": message,
        "created": NOW,
        "upgrade": operations,
        "downgrade": (),
    }
    return write(Draft(**{**given, "enums": enums, **values}))  # type: ignore[arg-type]


def ruff(*arguments: str, source: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", *arguments, "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=False)


OPERATIONS = (
    Operation(call("op.execute", "a" * 20), "Alembic has no operation for a thing"),
    Operation(call("op.execute", "b"), "Alembic has no operation for a thing"),
    Operation(call("op.execute", "c"), "another reason", autocommit=True),
    Operation(call("op.add_column", "t", call("sa.Column", "x", call("SqlType", "point")))),
)


def test_ruff_has_nothing_to_say() -> None:
    source = draft('it\'s "done"', *OPERATIONS, what=["creates table x"], lost=["loses y"], down="123")
    formatted = ruff("format", "--isolated", "--line-length", "100", source=source)
    assert formatted.stdout == source
    checked = ruff("check", "--isolated", "--line-length", "100", "--select", "E,F,I,W,UP,B", source=source)
    assert checked.returncode == 0, checked.stdout


def test_a_reason_is_said_once_for_what_it_holds_for() -> None:
    source = draft("x", *OPERATIONS)
    assert source.count("# Alembic has no operation for a thing") == 1
    assert "    with op.get_context().autocommit_block():\n        # another reason\n" in source


def test_only_what_is_used_is_imported() -> None:
    source = draft("x", Operation(Call("op.noop")), enums={})
    assert "import sqlalchemy" not in source
    assert "from alembic import op" in source


@settings(max_examples=50)
@given(st.text(max_size=40).filter(str.strip))
def test_any_message_is_safe_in_the_docstring(message: str) -> None:
    tree = ast.parse(draft(message))
    assert "Revision ID: abc" in (ast.get_docstring(tree) or "")


@given(st.text(max_size=80))
def test_a_slug_is_a_file_name(message: str) -> None:
    assert slug(message).replace("_", "a").isalnum()
    assert slug(message).isascii()
    assert len(slug(message)) <= 48


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Add due dates!", "20260102030405_add_due_dates.py"),
        ("Übergröße", "20260102030405_ubergroe.py"),
        ("日本", "20260102030405_revision.py"),
    ],
)
def test_file_names(message: str, name: str) -> None:
    assert file_name(NOW, message) == name


def test_each_enum_has_a_variable_of_its_own() -> None:
    names = ["status", "Status", "class", "op", "my type", "1st", "日本"]
    enums = [Enum(schema="public", name=n, labels=("x",)) for n in names]
    found = [n for n, _ in variables(Change(action="create", after=e) for e in enums).values()]
    assert len(set(found)) == len(names)
    assert all(n.isidentifier() and n not in ("class", "op") for n in found)
