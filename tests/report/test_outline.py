"""The outline of sides and the page of one: every table that any has, under the names that findings use."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.conftest import Connection
from tests.report.html_checks import check, svg
from todo_db.postgres.catalog import read
from todo_db.report.outline import outline
from todo_db.report.schema_page import schema_page

BASE = """
CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE "Odd <b>" (
  id integer PRIMARY KEY, owner text REFERENCES users, once text UNIQUE NOT NULL REFERENCES users,
  at timestamptz DEFAULT now()
);
CREATE TABLE parts (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE VIEW mails AS SELECT email FROM users;
COMMENT ON TABLE users IS 'who <i>signs</i> in';
"""


def test_tables_columns_and_references(db: Connection) -> None:
    db.execute(BASE)
    odd, parts, users = outline([read(db)])
    assert [t["object"] for t in (odd, parts, users)] == ['public."Odd <b>"', "public.parts", "public.users"]
    assert [c["name"] for c in odd["columns"]] == ["id", "owner", "once", "at"]
    assert odd["columns"][1]["object"] == 'public."Odd <b>".owner'
    assert odd["columns"][3]["type"] == "timestamptz"
    assert [c["primary"] for c in odd["columns"]] == [True, False, False, False]
    shown = {tuple(r["columns"]): (r["target"], r["single"], r["optional"]) for r in odd["references"]}
    assert shown == {("owner",): ("public.users", False, True), ("once",): ("public.users", True, False)}


def test_what_only_one_side_has_is_there(make_db: Callable[[str], Connection]) -> None:
    one, other = make_db("one"), make_db("other")
    one.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (x int CONSTRAINT k REFERENCES a)")
    other.execute("CREATE TABLE a (id int PRIMARY KEY, y int); CREATE TABLE c (id int)")
    other.execute("CREATE TABLE b (x int CONSTRAINT otherwise REFERENCES a)")
    a, b, c = outline([read(one), read(other)])
    assert [x["name"] for x in a["columns"]] == ["id", "y"]
    assert [r["names"] for r in b["references"]] == [["public.b.k", "public.b.otherwise"]]
    assert c["object"] == "public.c"


def test_it_is_plain_data(db: Connection) -> None:
    db.execute(BASE)
    shown = outline([read(db)])
    assert json.loads(json.dumps(shown)) == shown


def test_the_page_of_a_schema_tells_everything(db: Connection) -> None:
    db.execute(BASE)
    db.execute("CREATE INDEX by_day ON parts (day DESC) WHERE id > 7")
    schema = read(db)
    text = schema_page(schema, "live <x>")
    page = check(text)
    told = page.words
    for obj in schema.objects.values():
        assert obj.parts[-1] in told, obj.key
    for said in ("who <i>signs</i> in", "(day DESC) where (id > 7)", "now()", "NOT NULL", "A partition of"):
        assert said in told
    links = [a.get("href") for a in svg(text).iter("{http://www.w3.org/2000/svg}a")]
    assert len(links) == 3


def test_an_empty_schema_has_a_page(db: Connection) -> None:
    check(schema_page(read(db), "live"))
