"""The SQLAlchemy expression for a type makes exactly this type, as PostgreSQL itself says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.postgres.scratch import Scratch
from todo_db.revisions.code import flat
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.revisions.types import CUSTOM_TYPE_SOURCE, type_node
from todo_db.schema import DbObject, Key

KNOWN: dict[Key, DbObject] = {
    o.key: o
    for o in (
        Enum(schema="public", name="status", labels=("a", "b")),
        Enum(schema="public", name='My "Enum"', labels=("x",)),
        Enum(schema="other", name="mood", labels=("x",)),
        Domain(schema="public", name="email", type="text", nullable=True),
    )
}
SETUP = '''
    create schema other; create type public.status as enum ('a', 'b');
    create type public."My ""Enum""" as enum ('x');
    create type other.mood as enum ('x'); create domain public.email as text; create extension citext;
    create extension hstore; create type public.pair as (a int, b int)
'''
PLAIN = '''
    bigint|boolean|bytea|character varying|date|double precision|integer|interval|json|numeric|real
    smallint|text|uuid|time without time zone|time with time zone|timestamp with time zone
    timestamp without time zone|cidr|inet|jsonb|jsonpath|macaddr|macaddr8|money|oid|regclass|regconfig
    tsquery|tsvector|daterange|int4range|int8range|numrange|tsrange|tstzrange|int4multirange
    tstzmultirange|"char"|bpchar|name|xml|point|polygon|pg_lsn|xid|bit varying|public.status
    public."My ""Enum"""|other.mood|public.email|public.citext|public.hstore|public.pair
'''
FIELDS = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "year to month",
    "day to hour",
    "day to minute",
    "hour to minute",
]


def all_plain() -> list[str]:
    return [t.strip() for line in PLAIN.strip().splitlines() for t in line.strip().split("|")]


lengths = st.integers(1, 1000)
precisions = st.integers(0, 5)
parametrised = st.one_of(
    lengths.map("character varying({})".format),
    lengths.map("character({})".format),
    lengths.map("bit({})".format),
    lengths.map("bit varying({})".format),
    st.tuples(lengths, st.integers(-1000, 1000)).map(lambda t: f"numeric({t[0]},{t[1]})"),
    precisions.map("timestamp({}) with time zone".format),
    precisions.map("timestamp({}) without time zone".format),
    precisions.map("time({}) with time zone".format),
    precisions.map("time({}) without time zone".format),
    precisions.map("interval({})".format),
    precisions.map("interval day to second({})".format),
    precisions.map("interval second({})".format),
    st.sampled_from(FIELDS).map("interval {}".format),
)
types = st.tuples(st.one_of(st.sampled_from(all_plain()), parametrised), st.sampled_from(["", "[]"])).map(
    "".join
)


@pytest.fixture(scope="module")
def engine(server: Scratch) -> Iterator[sa.Engine]:
    connection = server.database("types")
    for statement in SETUP.split(";"):
        connection.execute(statement)  # type: ignore[call-overload]
    engine = sa.create_engine(server.url(connection))
    yield engine
    engine.dispose()
    server.drop(connection)


def made_by(engine: sa.Engine, *expressions: str) -> list[tuple[str, str | None]]:
    """Type and collation of columns with these types, as the catalog gives them."""
    scope: dict[str, Any] = {"sa": sa, "postgresql": postgresql}
    exec(CUSTOM_TYPE_SOURCE, scope)  # noqa: S102
    columns = [sa.Column(f"c{i}", eval(e, scope)) for i, e in enumerate(expressions)]  # noqa: S307
    query = """select format_type(atttypid, atttypmod), collname from pg_attribute
               left join pg_collation c on c.oid = attcollation and collname <> 'default'
               where attrelid = 'public.t'::regclass and attnum > 0 order by attnum"""
    with engine.connect() as connection:
        sa.Table("t", sa.MetaData(), *columns).create(connection)
        connection.exec_driver_sql("set local search_path = ''")
        return [tuple(r) for r in connection.exec_driver_sql(query)]


def test_every_type_is_made_exactly(engine: sa.Engine) -> None:
    wanted = [t + a for t in all_plain() for a in ("", "[]")]
    made = made_by(engine, *(flat(type_node(t, KNOWN)) for t in wanted))
    assert [t for t, _ in made] == wanted


@settings(max_examples=60, deadline=None)
@given(st.lists(types, min_size=1, max_size=20))
def test_types_with_parameters_are_made_exactly(engine: sa.Engine, wanted: list[str]) -> None:
    made = made_by(engine, *(flat(type_node(t, KNOWN)) for t in wanted))
    assert [t for t, _ in made] == wanted


@pytest.mark.parametrize("text", ["text", "character varying(20)", "character(3)", "text[]"])
@pytest.mark.parametrize(("collation", "name"), [('"C"', "C"), ("ucs_basic", "ucs_basic")])
def test_collations(engine: sa.Engine, text: str, collation: str, name: str) -> None:
    assert made_by(engine, flat(type_node(text, KNOWN, collation))) == [(text, name)]


@pytest.mark.parametrize(
    ("text", "collation"), [("public.citext", '"C"'), ("text", 'other."C"'), ('public."50%"', None)]
)
def test_what_sqlalchemy_cannot_say_is_refused(text: str, collation: str | None) -> None:
    with pytest.raises(InexpressibleError):
        type_node(text, KNOWN, collation)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("character varying(200)", "sa.String(length=200)"),
        ("timestamp with time zone", "sa.DateTime(timezone=True)"),
        ("numeric(10,2)", "sa.Numeric(precision=10, scale=2)"),
        ("public.status[]", 'postgresql.ARRAY(postgresql.ENUM(name="status", create_type=False))'),
        ("point", 'SqlType("point")'),
    ],
)
def test_spelling(text: str, expression: str) -> None:
    assert flat(type_node(text, KNOWN)) == expression
