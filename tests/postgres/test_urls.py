"""Every way to write down a database leads to the parameters that libpq would take from it."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from todo_db.errors import UsageError
from todo_db.postgres import urls

WORD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
HOST = st.one_of(
    st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=10).map(
        lambda h: f"{h}.example"
    ),
    st.just("[::1]"),
    st.just("%2Fvar%2Frun"),
)


@given(user=WORD, password=WORD, hosts=st.lists(HOST, min_size=1, max_size=3), database=WORD, extra=WORD)
def test_well_formed_urls_are_read_as_libpq_reads_them(
    user: str, password: str, hosts: list[str], database: str, extra: str
) -> None:
    place = ",".join(f"{host}:{5000 + n}" for n, host in enumerate(hosts))
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    url = f"postgresql://{login}@{place}/{quote(database, safe='')}?application_name={quote(extra, safe='')}"
    assert urls.parse(url).facts == conninfo_to_dict(url)


@given(user=WORD, password=WORD, database=WORD)
def test_sqlalchemy_reaches_the_same_place(user: str, password: str, database: str) -> None:
    facts = {"user": user, "password": password, "dbname": database, "host": "a,b", "port": "1,2"}
    facts["options"] = "endpoint=ep-x -c search_path='a%b'"
    url = urls.sqlalchemy_url(make_conninfo("", **facts))
    assert PGDialect_psycopg().create_connect_args(make_url(url))[1] == facts


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h/d", {"user": "u", "password": "p", "host": "h", "dbname": "d"}),
        ("postgresql+psycopg://u@h:6/d", {"user": "u", "host": "h", "port": "6", "dbname": "d"}),
        ("postgresql+psycopg2://u@h/d", {"user": "u", "host": "h", "dbname": "d"}),
        ("POSTGRESQL://h/d", {"host": "h", "dbname": "d"}),
        ("postgresql+asyncpg://h/d?ssl=require", {"host": "h", "dbname": "d", "sslmode": "require"}),
        ("postgresql+asyncpg://h/d?ssl=true", {"host": "h", "dbname": "d", "sslmode": "require"}),
        ("postgresql://u:100%@h/d", {"user": "u", "password": "100%", "host": "h", "dbname": "d"}),
        ("postgresql://u:a%40b%2Fc@h/d", {"user": "u", "password": "a@b/c", "host": "h", "dbname": "d"}),
        ("postgresql://u:p@ss@h/d", {"user": "u", "password": "p@ss", "host": "h", "dbname": "d"}),
        ("postgresql://u:p/ss@h/d", {"user": "u", "password": "p/ss", "host": "h", "dbname": "d"}),
        ("postgresql://u:p?s#s@h/d", {"user": "u", "password": "p?s#s", "host": "h", "dbname": "d"}),
        ("postgresql://u:p:ss@h/d", {"user": "u", "password": "p:ss", "host": "h", "dbname": "d"}),
        ("postgresql://h/d?user=x@y", {"host": "h", "dbname": "d", "user": "x@y"}),
        ("postgresql://h/d@x", {"host": "h", "dbname": "d@x"}),
        ("postgresql://h:5/d@x", {"host": "h", "port": "5", "dbname": "d@x"}),
        ("postgresql:///d?host=/run/pg", {"dbname": "d", "host": "/run/pg"}),
        (
            "postgresql://u@[2001:db8::1]:7/d",
            {"user": "u", "host": "2001:db8::1", "port": "7", "dbname": "d"},
        ),
        ("postgresql://a:1,b,c:3/d", {"host": "a,b,c", "port": "1,,3", "dbname": "d"}),
        ("postgresql://u@/d?host=a:1&host=b", {"user": "u", "dbname": "d", "host": "a,b", "port": "1,"}),
        ("postgresql://h", {"host": "h"}),
        ("postgresql://", {}),
        ("postgresql://?service=prod", {"service": "prod"}),
        ("service=prod", {"service": "prod"}),
        ("host=h password='a b' dbname=d", {"host": "h", "password": "a b", "dbname": "d"}),
        (
            "postgresql://u:p@ep-x-pooler.eu.aws.neon.tech/d?sslmode=require&channel_binding=require",
            {
                "user": "u",
                "password": "p",
                "host": "ep-x-pooler.eu.aws.neon.tech",
                "dbname": "d",
                "sslmode": "require",
                "channel_binding": "require",
            },
        ),
        (
            "postgresql://h/d?options=endpoint%3Dep-x",
            {"host": "h", "dbname": "d", "options": "endpoint=ep-x"},
        ),
    ],
)
def test_urls_as_people_write_them(url: str, expected: dict[str, str]) -> None:
    assert urls.parse(url).facts == expected
    assert urls.parse(f"  {url}\n").facts == expected


def test_parameters_of_other_drivers_are_left_out_with_a_note() -> None:
    parsed = urls.parse("postgresql://h/d?pgbouncer=true&schema=public&sslmode=require")
    assert parsed.facts == {"host": "h", "dbname": "d", "sslmode": "require"}
    assert len(parsed.notes) == 2
    assert "'pgbouncer'" in parsed.notes[0]


@pytest.mark.parametrize(
    "text",
    ["mysql://u:secret@h/d", "secret", "host=h password=sec ret=", "postgresql://u:secret@h:x/d",
     "postgresql+asyncpg://u:secret@h/d?ssl=maybe", "sqlite:///x.db", "https://user:secret@h"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_without_the_secret(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        urls.parse(text)
    assert "secret" not in f"{caught.value.what}{caught.value.where}{caught.value.hint}"
    assert caught.value.hint


def test_nothing_of_a_parsed_url_shows_in_its_repr() -> None:
    assert "secret" not in repr(urls.parse("postgresql://u:secret@h/d"))
