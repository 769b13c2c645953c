"""Texts that mean the same become one; texts that do not stay apart."""

from __future__ import annotations

import pytest

from todo_db.compare import compare
from todo_db.postgres.catalog import read
from todo_db.sources.canonical import ordered
from todo_db.sources.respell import Respeller

DEFAULT = "CREATE TABLE t (a {1} DEFAULT {0})"
CHECK = "CREATE TABLE t (a integer, b text, c boolean NOT NULL, CHECK ({0}))"
WHERE = "CREATE TABLE t (a integer, b text, c boolean NOT NULL); CREATE INDEX i ON t (a) WHERE {0}"
POLICY = "CREATE TABLE t (a integer, b text, c boolean NOT NULL); CREATE POLICY p ON t USING ({0})"
ODD = 'CREATE SCHEMA "S"; CREATE TABLE "S"."T t" ("No" boolean, "x.y" text, CHECK ({0}))'
ROWS = "CREATE TYPE pair AS (x integer, y integer); CREATE TABLE t (p pair, c boolean, CHECK ({0}))"
GENERATED = "CREATE TABLE t (b text, c boolean, d boolean GENERATED ALWAYS AS ({0}) STORED)"
VIEW = "CREATE TABLE t (a integer, b text, c boolean); CREATE VIEW v AS SELECT a FROM t WHERE {0}"


def _differ(make_db, server, form: str, *texts: str, type_: str = "") -> bool:
    sides = []
    for name, text in zip(("one", "two"), texts, strict=True):
        connection = make_db(name)
        connection.execute(form.format(text, type_))
        sides.append(read(connection, side=name))
    assert compare(sides), "the two are stored in the same words"
    return bool(compare(sides, respell=Respeller(server)))


@pytest.mark.parametrize(
    ("form", "texts", "type_"),
    [
        (DEFAULT, ("'x'::text", "'x'"), "varchar(20)"),
        (DEFAULT, ("'x'::varchar(20)", "'x'"), "varchar(20)"),
        (DEFAULT, ("1 - 1", "0"), "integer"),
        (DEFAULT, ("1.50", "1.5"), "real"),
        (DEFAULT, ("ARRAY[]::text[]", "'{}'"), "text[]"),
        (DEFAULT, ("CURRENT_TIMESTAMP", "now()"), "timestamptz"),
        (CHECK, ("b IN ('x', 'y')", "b IN ('y', 'x')"), ""),
        (CHECK, ("a > 1 AND b <> 'x'", "b <> 'x' AND a > 1"), ""),
        (CHECK, ("NOT a IS NULL", "a IS NOT NULL"), ""),
        (WHERE, ("c IS FALSE", "NOT c"), ""),
        (CHECK, ("c = (b IS NOT NULL)", "(c AND b IS NOT NULL) OR (NOT c AND b IS NULL)"), ""),
        (CHECK, ("c <> (a IS NULL)", "c IS NULL OR c = (a IS NOT NULL)"), ""),
        (CHECK, ("c OR a IS NULL OR NOT c", "c OR NOT c OR a IS NOT NULL"), ""),
        (WHERE, ("c IS NOT DISTINCT FROM (b IS NULL)", "c = (b IS NULL)"), ""),
        (
            POLICY,
            ("(c IS TRUE) = (b IS NULL)", "(c IS TRUE AND b IS NULL) OR NOT (c IS TRUE OR b IS NULL)"),
            "",
        ),
        (ODD, ('"No" = ("x.y" IS NULL)', '("No" AND "x.y" IS NULL) OR (NOT "No" AND "x.y" IS NOT NULL)'), ""),
        (DEFAULT, ("jsonb_build_object()", "'{}'"), "jsonb"),
        (
            DEFAULT,
            (
                "jsonb_build_object('b', 1, 'a', jsonb_build_array(true, 'it''s'))",
                """'{"a": [true, "it''s"], "b": 1}'""",
            ),
            "jsonb",
        ),
        (VIEW, ("a > 1 AND b <> 'x'", "b <> 'x' AND a > 1"), ""),
    ],
)
def test_one_meaning(make_db, server, form, texts, type_) -> None:
    assert not _differ(make_db, server, form, *texts, type_=type_)


@pytest.mark.parametrize(
    ("form", "texts", "type_"),
    [
        (DEFAULT, ("'x '", "'x'"), "varchar(20)"),
        (DEFAULT, ("'abc'", "'ab'"), "varchar(2)"),
        (DEFAULT, ("statement_timestamp()", "now()"), "timestamptz"),
        (DEFAULT, ("CURRENT_TIMESTAMP(0)", "now()"), "timestamptz"),
        (DEFAULT, ("1", "2"), "integer"),
        (CHECK, ("b IN ('x', 'y')", "b IN ('x', 'z')"), ""),
        (CHECK, ("b NOT IN ('x', 'y')", "b IN ('x', 'y')"), ""),
        (CHECK, ("c IS FALSE", "NOT c"), ""),
        (CHECK, ("a > 1 OR b <> 'x'", "b <> 'x' AND a > 1"), ""),
        (CHECK, ("c IS NOT NULL", "true"), ""),
        (CHECK, ("c = (b IS NOT NULL)", "c = (b IS NULL)"), ""),
        (CHECK, ("c = (b IS NOT NULL)", "c = (a IS NOT NULL)"), ""),
        (CHECK, ("c IS NOT DISTINCT FROM (b IS NULL)", "c = (b IS NULL)"), ""),  # NULL passes a CHECK
        (GENERATED, ("c = (b IS NULL)", "c IS NOT DISTINCT FROM (b IS NULL)"), ""),
        (CHECK, ("ROW(a, b) IS NOT NULL", "NOT (ROW(a, b) IS NULL)"), ""),
        (ROWS, ("c = (p IS NULL)", "c = (NOT (p IS NOT NULL))"), ""),  # a row may be neither
        (DEFAULT, ("jsonb_build_object('at', now())", "jsonb_build_object()"), "jsonb"),
        (DEFAULT, ("jsonb_build_object('at', 1.5::float8)", """'{"at": 1.5}'"""), "jsonb"),
        (DEFAULT, ("jsonb_build_array(1)", "'[2]'"), "jsonb"),
        (VIEW, ("a > 1 AND (b <> 'x' OR c)", "(a > 1 AND b <> 'x') OR c"), ""),
    ],
)
def test_two_meanings(make_db, server, form, texts, type_) -> None:
    assert _differ(make_db, server, form, *texts, type_=type_)


def test_people_are_shown_what_is_stored(make_db, server) -> None:
    connection = make_db("one")
    connection.execute("CREATE TABLE t (a integer DEFAULT 1 - 1)")
    side = read(connection)
    (key,) = (k for k in side.objects if k.kind == "column")
    assert Respeller(server)(side, {key})[key].default == side.objects[key].default


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(b AND a)", "(a AND b)"),
        ("((d OR c) AND a)", "((c OR d) AND a)"),
        ("f('b AND a')", "f('b AND a')"),
        ('f("b AND a")', 'f("b AND a")'),
        ("(a = 'x(' AND ')' = b)", "(')' = b AND a = 'x(')"),
        ("(b = ANY ('{z,a}'::text[]))", "(b = ANY ('{a,z}'::text[]))"),
        ("(b = ANY ('{\"z,1\",a}'::text[]))", "(b = ANY ('{\"z,1\",a}'::text[]))"),
        ("(sum(x) OVER (ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING))",) * 2,
        ("(a AND b", "(a AND b"),
    ],
)
def test_order(text: str, expected: str) -> None:
    assert ordered(text) == expected
