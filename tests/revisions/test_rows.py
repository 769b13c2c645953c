"""Rows are made for whatever a table asks for; what cannot be made is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from todo_db.postgres import catalog
from todo_db.revisions.narrowing import _changes
from todo_db.revisions.rows import fill, sums
from todo_db.schema import Key

SCHEMA = """
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@]+@[^@]+$');
    CREATE TABLE people (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mail email NOT NULL, boss uuid REFERENCES people
    );
    CREATE TABLE tasks (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        owner uuid NOT NULL REFERENCES people,
        mood mood NOT NULL, moods mood[], title varchar(5) NOT NULL CHECK (title <> ''),
        state text NOT NULL CHECK (state IN ('open', 'done')),
        price numeric(4,2) CHECK (price >= 0), size smallint, at timestamptz, span daterange, data jsonb,
        twice integer GENERATED ALWAYS AS (size * 2) STORED,
        code text UNIQUE, done boolean NOT NULL DEFAULT false
    );
    CREATE TABLE days (d date NOT NULL, n int) PARTITION BY RANGE (d);
    CREATE TABLE days_2026 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE hidden (id integer); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE TABLE never (id integer CHECK (id <> id) NOT NULL);
    CREATE SCHEMA other; CREATE TABLE other."Odd %s" ("a b" text, "Select" integer REFERENCES tasks);
"""


def test_every_table_gets_rows_or_a_reason(db: psycopg.Connection[Any]) -> None:
    db.execute(SCHEMA.encode())
    schema = catalog.read(db, side="x")
    filled = fill(db, schema)
    assert {k.name: bool(r) for k, r in filled.empty.items()} == {"public.never": True}
    assert {k.name for k in filled.rows} == {
        "public.people",
        "public.tasks",
        "public.days",
        "public.hidden",
        'other."Odd %s"',
    }
    assert filled.rows[Key("table", "public.tasks")] >= 3
    row = db.execute("SELECT count(DISTINCT mood), count(*) FILTER (WHERE at IS NULL) FROM tasks").fetchone()
    assert row is not None
    assert row[0] == 2
    assert row[1] >= 1
    assert db.execute("SELECT count(*) FROM tasks WHERE title ~ '[^ -~]'").fetchone() != (0,)
    forced = db.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'hidden'").fetchone()
    assert forced == (True,)
    assert fill(db, schema).rows == {}


def test_rows_fit_what_the_table_becomes(make_db: Callable[[str], psycopg.Connection[Any]]) -> None:
    old, new = make_db("old"), make_db("new")
    old.execute("CREATE TABLE p (id integer); CREATE TABLE t (a text, b integer, c integer)")
    new.execute(
        "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE p (id integer PRIMARY KEY);"
        "CREATE TABLE t (a integer NOT NULL, b integer REFERENCES p CHECK (b > 0), c integer UNIQUE)"
    )
    before, after = catalog.read(old, side="before"), catalog.read(new, side="after")
    filled = fill(old, before, after)
    assert filled.empty == {}
    old.execute("ALTER TABLE t ALTER a TYPE integer USING a::integer, ALTER a SET NOT NULL, ADD UNIQUE (c)")
    old.execute("ALTER TABLE p ADD PRIMARY KEY (id)")
    old.execute("ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES p, ADD CHECK (b > 0)")


def test_a_sum_tells_values_apart(db: psycopg.Connection[Any]) -> None:
    db.execute("CREATE TABLE t (a text, b integer); INSERT INTO t VALUES ('x', 1), (NULL, 2)")
    schema = catalog.read(db, side="x")
    one = sums(db, schema, schema.objects)
    db.execute("UPDATE t SET b = b")
    assert sums(db, schema, schema.objects) == one
    db.execute("UPDATE t SET a = ''  WHERE a IS NULL")
    two = sums(db, schema, schema.objects)
    assert [k.name for k in one if one[k] != two[k]] == ["public.t.a"]


def test_narrowing_is_tried(db: psycopg.Connection[Any]) -> None:
    assert _changes(db, "numeric(5,2)", "numeric(5,1)", "1.25")
    assert not _changes(db, "numeric(5,2)", "numeric(6,2)", "1.25")
    assert _changes(db, "text", "integer", "x")
    assert not _changes(db, "integer", "bigint", "7")
    assert not _changes(db, "text", "public.unheard_of", "x")
