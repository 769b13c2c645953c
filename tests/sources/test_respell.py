"""Two spellings of one meaning become one; two meanings stay two; what cannot be rebuilt is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from todo_db.compare import compare
from todo_db.postgres.catalog import read
from todo_db.schema import Key, Schema
from todo_db.sources.respell import Respeller

PLAIN = "status IN ('a', 'b')"
RESTORED = "(status)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])"
OTHER = "status IN ('a', 'c')"

TABLE = "CREATE TABLE t (id integer, status varchar(20) CONSTRAINT k CHECK ({0}))"
INDEX = "CREATE TABLE t (id integer, status varchar(20)); CREATE INDEX i ON t (id) WHERE {0}"
GENERATED = "CREATE TABLE t (status varchar(20), ok boolean GENERATED ALWAYS AS ({0}) STORED)"


def _side(make_db, name: str, sql: str) -> Schema:
    connection = make_db(name)
    connection.execute(sql)
    return read(connection, side=name)


@pytest.mark.parametrize("form", [TABLE, INDEX, GENERATED])
def test_a_restored_spelling_is_the_same(make_db, server, form: str) -> None:
    sides = [_side(make_db, "one", form.format(PLAIN)), _side(make_db, "two", form.format(RESTORED))]
    assert compare(sides)
    respeller = Respeller(server)
    assert not compare(sides, respell=respeller)
    assert respeller.unknown == []


def test_a_domain_is_respelled(make_db, server) -> None:
    form = "CREATE DOMAIN d AS varchar(20) CONSTRAINT k CHECK ({0})"
    texts = [form.format(text.replace("status", "VALUE")) for text in (PLAIN, RESTORED)]
    sides = [_side(make_db, name, text) for name, text in zip(("one", "two"), texts, strict=True)]
    assert compare(sides)
    assert not compare(sides, respell=Respeller(server))


@pytest.mark.parametrize("form", [TABLE, INDEX, GENERATED])
def test_another_meaning_stays_another(make_db, server, form: str) -> None:
    sides = [_side(make_db, "one", form.format(OTHER)), _side(make_db, "two", form.format(RESTORED))]
    assert len(compare(sides, respell=Respeller(server))) == 1


def test_what_cannot_be_rebuilt_is_named(make_db, server) -> None:
    side = _side(make_db, "one", TABLE.format(PLAIN))
    key = Key("check", "public.t.k")
    broken = replace(side.objects[key], expression="no_such_function(status)")
    respeller = Respeller(server)
    assert respeller(replace(side, objects={**side.objects, key: broken}), {key}) == {}
    assert [u.object for u in respeller.unknown] == ["check public.t.k"]
    assert "no_such_function" in respeller.unknown[0].reason


def test_a_partitioned_table_and_its_column_are_respelled_at_once(make_db, server) -> None:
    """Each is built together with the other, and is told from it all the same."""
    form = "CREATE TABLE t (a text, ok boolean DEFAULT {0}) PARTITION BY LIST ((lower(a){1}))"
    texts = [form.format("1 > 2", ""), form.format("false", "||''")]
    sides = [_side(make_db, name, text) for name, text in zip(("one", "two"), texts, strict=True)]
    found = compare(sides, respell=Respeller(server))
    assert [(d.key.kind, d.fact) for d in found] == [("table", "partition_key")]


def test_nothing_is_left_behind(make_db, server) -> None:
    side = _side(make_db, "one", TABLE.format(PLAIN))
    before = server.database("watch").execute("SELECT count(*) FROM pg_database").fetchone()
    Respeller(server)(side, {Key("check", "public.t.k")})
    assert server.database("watch").execute("SELECT count(*) - 1 FROM pg_database").fetchone() == before
