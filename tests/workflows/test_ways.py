"""The statements of a finding mend it, and nothing else: run on a real database they leave no difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import Connection
from todo_db.compare import compare
from todo_db.findings import Finding
from todo_db.postgres.catalog import read
from todo_db.workflows.judge import judge

BASE = """
    create type mood as enum ('sad', 'ok');
    create function shout(t text) returns text language sql immutable as $$ select upper(t) $$;
    create table people (id serial primary key, name varchar(50) not null default 'x', mood mood,
                         born date, check (name <> ''));
    create index people_born on people (born);
    create table tasks (id integer generated always as identity primary key,
                        person integer not null references people on delete cascade, title text,
                        loud text generated always as (shout(title)) stored);
    create view open_tasks as select t.title, p.name from tasks t join people p on p.id = t.person;
    create policy own on tasks using (person = 1);
    comment on table tasks is 'what is to do';
"""
CHANGES = {
    "type under a view": "drop view open_tasks; alter table people alter name type varchar(60);"
    "create view open_tasks as select t.title, p.name from tasks t join people p on p.id = t.person",
    "default": "alter table people alter name set default 'y'",
    "nullable": "alter table people alter name drop not null",
    "column missing": "alter table people drop born",
    "column extra": "alter table people add extra text",
    "table missing": "drop table tasks cascade",
    "table extra": "create table notes (id serial primary key, x text unique)",
    "index": "drop index people_born; create index people_born on people (born desc)",
    "foreign key": "alter table tasks drop constraint tasks_person_fkey;"
    "alter table tasks add constraint tasks_person_fkey foreign key (person) references people",
    "check": "alter table people drop constraint people_name_check",
    "view": "create or replace view open_tasks as select title, upper(title)::varchar(50) as name from tasks",
    "policy": "drop policy own on tasks; create policy own on tasks using (person = 2)",
    "label": "alter type mood add value 'glad'",
    "comment": "comment on table tasks is 'something else'",
    "row security": "alter table tasks enable row level security",
    "several": "alter table people add extra text; drop index people_born; comment on table tasks is null",
}


NOT_ALONE = ("column missing", "table missing")
"""There other findings need the column or the table first, and say so."""


def mends(findings: list[Finding], side: str) -> list[tuple[str, ...]]:
    return [step.sql for f in findings for way in f.ways for step in way.steps if step.side == side]


def about(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.kind, finding.object


@pytest.mark.parametrize("direction", ["a", "b"])
def test_each_findings_statements_mend_it(make_db: Callable[[str], Connection], direction: str) -> None:
    sound, other = make_db("sound"), make_db("other")
    sound.execute(BASE.encode())
    patient = other if direction == "a" else sound
    for name, change in CHANGES.items():
        with other.transaction(force_rollback=True):
            other.execute("drop schema public cascade; create schema public authorization pg_database_owner")
            other.execute(BASE.encode())
            other.execute(change.encode())
            found = judge(compare([read(other, side="a"), read(sound, side="b")]))
            assert found, name
            for finding in found:
                (statements,) = mends([finding], direction)
                if not statements and name in NOT_ALONE:
                    continue
                assert statements, (name, finding)
                with patient.transaction(force_rollback=True):
                    for statement in statements:
                        patient.execute(statement.encode())
                    left = judge(compare([read(other, side="a"), read(sound, side="b")]))
                told = {about(f) for f in left}
                assert about(finding) not in told, (name, statements)
                assert told <= {about(f) for f in found}, (name, statements)


def test_what_needs_another_thing_first_says_so(make_db: Callable[[str], Connection]) -> None:
    one, two = make_db("one"), make_db("two")
    two.execute("create table t (id int); create view v as select id from t")
    found = judge(compare([read(one, side="a"), read(two, side="b")]))
    texts = {f.kind: [s.text for w in f.ways for s in w.steps if s.side == "a"] for f in found}
    assert texts == {"table": ["run on a"], "view": ["needs column public.t.id first"]}


def test_what_somebody_else_manages_gets_no_statement(make_db: Callable[[str], Connection]) -> None:
    one, two = make_db("one"), make_db("two")
    one.execute("create table users (id text primary key)")
    two.execute("create table users (id integer primary key)")
    a, b = read(one, side="a"), read(two, side="b")
    mine = replace(a, external=frozenset(k for k in a.objects if k.kind == "table"))
    found = judge(compare([mine, b]))
    assert found
    assert all(not sql for sql in mends(found, "a") + mends(found, "b"))
