"""What people write instead of PostgreSQL's words is stored as these very words."""

from __future__ import annotations

from typing import Any

import pytest

from todo_db.postgres import catalog
from todo_db.revisions.spelling import condition, default
from todo_db.schema import Key

COLUMNS = """
    create type mood as enum ('x');
    create table t (
        v varchar(20) default 'it''s', t text default 'b', m mood default 'x', j jsonb default '{}',
        i int default '5', a text[] default '{}', "Odd C" varchar, d timestamptz default '2020-01-01',
        c char(3) default 'abc'
    )
"""
CONDITIONS = [
    "v IN ('a', 'b''c')",
    "t IN ('a', 'b')",
    "\"Odd C\" IN ('a', 'b') AND v IN ('x', 'y')",
    "t NOT IN ('a', 'b')",
    "v = 'a'",
    "v IN ('a')",
    "i IN (1, 2)",
    "c IN ('abc', 'def')",
    "lower(v) IN ('a', 'b')",
    "v = ANY (ARRAY['a', 'b'])",
]


def read(connection: Any) -> dict[Key, Any]:
    return dict(catalog.read(connection).objects)


def test_defaults(make_db: Any) -> None:
    first, second = make_db("one"), make_db("two")
    for statement in COLUMNS.split(";"):
        first.execute(statement)
        second.execute(statement)
    objects = read(first)
    columns = [o for k, o in objects.items() if k.kind == "column" and o.default is not None]
    for column in columns:
        plain = default(column.default, column.type)
        second.execute(f'alter table t alter column "{column.name}" set default {plain}')
    assert read(second) == objects
    said = {c.name: default(c.default, c.type) for c in columns}
    assert (said["v"], said["t"], said["m"]) == ("'it''s'", "'b'", "'x'")


@pytest.mark.parametrize("written", CONDITIONS)
def test_conditions(make_db: Any, written: str) -> None:
    first, second = make_db("one"), make_db("two")
    for statement in COLUMNS.split(";"):
        first.execute(statement)
        second.execute(statement)
    first.execute(f"alter table t add constraint c check ({written})")
    stored = read(first)[Key("check", "public.t.c")].expression
    second.execute(f"alter table t add constraint c check ({condition(stored)})")
    assert read(second)[Key("check", "public.t.c")].expression == stored
    if written in CONDITIONS[:3]:
        assert written.split(" AND ", maxsplit=1)[0] in condition(stored)


def test_a_literal_of_another_type_keeps_its_cast() -> None:
    assert default("'5'::text", "integer") == "'5'::text"
    assert default("now()", "timestamp with time zone") == "now()"
