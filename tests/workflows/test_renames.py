"""What looks renamed is asked about, on both findings; what only looks a little like it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Connection
from todo_db.compare import compare
from todo_db.postgres.catalog import read
from todo_db.workflows.judge import judge

BASE = """
    create type mood as enum ('sad', 'ok', 'glad');
    create table tasks (id serial primary key, title text, body text, due date);
    create table other (id serial primary key, label uuid);
    create function f(integer) returns integer language sql as 'select $1 * 2';
    create view shown as select title from tasks;
"""
CASES = [
    ("alter table tasks rename to todos", {"public.tasks", "public.todos"}),
    ("alter table tasks rename to todos; alter table todos add extra int", {"public.tasks", "public.todos"}),
    ("drop view shown; drop table tasks; create table notes (id serial primary key, x uuid, y json)", set()),
    ("alter table tasks rename body to text", {"public.tasks.body", "public.tasks.text"}),
    ("alter table tasks rename due to until", {"public.tasks.due", "public.tasks.until"}),
    ("alter type mood rename value 'ok' to 'fine'", {"public.mood"}),
    ("alter type mood rename value 'ok' to 'x'; alter type mood rename value 'glad' to 'ok'", set()),
    ("alter type mood rename to feeling", {"public.feeling", "public.mood"}),
    ("alter function f(integer) rename to g", {"public.f(integer)", "public.g(integer)"}),
    ("alter view shown rename to seen", {"public.seen", "public.shown"}),
]


@pytest.mark.parametrize(("change", "asked"), CASES)
def test_renames(make_db: Callable[[str], Connection], change: str, asked: set[str]) -> None:
    one, two = make_db("one"), make_db("two")
    one.execute(BASE.encode())
    two.execute(BASE.encode())
    two.execute(change.encode())
    found = judge(compare([read(one, side="a"), read(two, side="b")]))
    assert found
    questions = {f.object for f in found if "renamed?" in f.message}
    assert {q for q in questions if "seq" not in q} == asked
