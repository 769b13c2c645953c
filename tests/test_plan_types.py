# ruff: noqa: E501 - the scripts are easier to read in one piece
"""What columns use changes beneath them: types made of types, arrays, rows, collations, publications, numbers."""

from __future__ import annotations

import pytest

from tests.test_plan import _read, _turn
from todo_db.objects.names import beside
from todo_db.plan import plan

TRIGGER = "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
NESTED = """CREATE TYPE e AS ENUM ({labels}); CREATE DOMAIN d AS e CHECK (VALUE <> 'b'); CREATE TYPE c AS (x e, n int);
    CREATE TABLE t (id int, d d NOT NULL DEFAULT 'a', c c, es e[]); CREATE INDEX i ON t (d); CREATE VIEW v AS SELECT d FROM t;
    CREATE FUNCTION f(x e DEFAULT 'a') RETURNS text LANGUAGE sql AS $$SELECT x::text$$"""
WATCHED = f"""CREATE TYPE e AS ENUM ({{labels}}); CREATE TABLE t (x e, g boolean GENERATED ALWAYS AS (x = 'a') STORED);
    CREATE POLICY p ON t USING (x = 'b'); {TRIGGER}
    CREATE TRIGGER g BEFORE UPDATE OF x ON t FOR EACH ROW WHEN (NEW.x = 'a') EXECUTE FUNCTION tf()"""
DOMAIN = """CREATE DOMAIN d AS text CONSTRAINT k CHECK (VALUE <> '{word}'); CREATE TABLE t (x d, y d[], z d NOT NULL DEFAULT 'q');
    CREATE INDEX i ON t (x); CREATE FUNCTION f(a d) RETURNS d LANGUAGE sql AS 'SELECT a'"""
COMPOSITE = (
    "CREATE TYPE c AS (a {a}, b text); CREATE TABLE t (c c, cs c[]); CREATE VIEW v AS SELECT (c).a FROM t"
)
RANGE = "CREATE TYPE r AS RANGE (subtype = float8{more}); CREATE TABLE t (a r, b r[], m r_multirange)"
COLLATION = """CREATE COLLATION c (provider = libc, locale = '{locale}'); CREATE TABLE t (a text COLLATE c NOT NULL, b int);
    CREATE INDEX i ON t (a, b); CREATE INDEX j ON t (lower(a)); CREATE VIEW v AS SELECT a FROM t"""
VIEW = """CREATE TABLE t (id int, a {a}); CREATE VIEW v AS SELECT id, a FROM t; GRANT UPDATE (a) ON v TO PUBLIC; COMMENT ON COLUMN v.a IS 'x';
    ALTER VIEW v ALTER a SET DEFAULT 5; CREATE MATERIALIZED VIEW m AS SELECT a, count(*) n FROM v GROUP BY a;
    CREATE UNIQUE INDEX mi ON m (a); GRANT SELECT (n) ON m TO PUBLIC; ALTER TABLE m CLUSTER ON mi"""

PAIRS = {
    "an enum within others loses a label": (
        NESTED.format(labels="'a','b','c'"),
        NESTED.format(labels="'a','b'"),
    ),
    "an enum that is watched loses a label": (
        WATCHED.format(labels="'a','b','c'"),
        WATCHED.format(labels="'b','a'"),
    ),
    "a check of a domain in arrays": (DOMAIN.format(word="no"), DOMAIN.format(word="never")),
    "a domain in arrays becomes strict": (
        "CREATE DOMAIN d AS text; CREATE TABLE t (y d[])",
        "CREATE DOMAIN d AS text NOT NULL; CREATE TABLE t (y d[])",
    ),
    "a domain over a domain over another type": (
        "CREATE DOMAIN d AS text CHECK (VALUE <> ''); CREATE DOMAIN dd AS d; CREATE TABLE t (x dd)",
        "CREATE DOMAIN d AS varchar(9) CHECK (VALUE <> ''); CREATE DOMAIN dd AS d; CREATE TABLE t (x dd)",
    ),
    "an attribute of another type": (COMPOSITE.format(a="int"), COMPOSITE.format(a="bigint")),
    "a range type in use": (RANGE.format(more=""), RANGE.format(more=", subtype_diff = float8mi")),
    "a collation in use": (COLLATION.format(locale="C"), COLLATION.format(locale="POSIX")),
    "rows of a table in a column": (
        "CREATE TABLE a (x int); CREATE TABLE b (r a, n int, rs a[])",
        "CREATE TABLE a (x bigint); CREATE TABLE b (r a, n int, rs a[])",
    ),
    "rights on the columns of views": (VIEW.format(a="int"), VIEW.format(a="bigint")),
    "columns of a publication": (
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE PUBLICATION p FOR TABLE t (id, a) WHERE (id > 1)",
        "CREATE TABLE t (id bigint PRIMARY KEY, b int, c int); CREATE TABLE u (id int); CREATE PUBLICATION p FOR TABLE t (id, c), u",
    ),
    "a replica identity under its name": (
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL); CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX i, CLUSTER ON i",
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL); CREATE UNIQUE INDEX i ON t (b); ALTER TABLE t REPLICA IDENTITY USING INDEX i, CLUSTER ON i",
    ),
    "statistics of an expression over another type": (
        "CREATE TABLE t (a int); CREATE INDEX i ON t ((a + 1)); ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 300",
        "CREATE TABLE t (a bigint); CREATE INDEX i ON t ((a + 1)); ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 300",
    ),
    "policies on each other's tables": (
        "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE POLICY pa ON a USING (id IN (SELECT id FROM b)); CREATE POLICY pb ON b USING (id IN (SELECT id FROM a))",
        "",
    ),
    "a function that reads what is new": (
        "CREATE TABLE t (a int); CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT $1.a'",
        "CREATE TABLE t (a int, c int); CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT $1.c'",
    ),
    "a foreign key as it was written": (
        "CREATE TABLE p (b int, a int, PRIMARY KEY (b, a)); CREATE TABLE c (y int, x int)",
        "CREATE TABLE p (b int, a int, PRIMARY KEY (b, a)); CREATE TABLE c (y int, x int, FOREIGN KEY (y, x) REFERENCES p)",
    ),
    "names as long as can be": (
        f"CREATE TYPE \"{'ä' * 31}\" AS ENUM ('a', 'b'); CREATE TABLE t (x \"{'ä' * 31}\")",
        f"CREATE TYPE \"{'ä' * 31}\" AS ENUM ('b', 'a'); CREATE TABLE t (x \"{'ä' * 31}\")",
    ),
}
REFUSED = {
    "an enum in a partition key": (
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (k e) PARTITION BY LIST (k)",
        "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (k e) PARTITION BY LIST (k)",
        "partition key",
    ),
    "a typed table": (
        "CREATE TYPE c AS (a int); CREATE TABLE t OF c",
        "CREATE TYPE c AS (a int, b int); CREATE TABLE t OF c",
        "the table t is of this type",
    ),
    "attributes that change places": (
        "CREATE TYPE c AS (a int, b text); CREATE TABLE t (c c)",
        "CREATE TYPE c AS (b text, a int); CREATE TABLE t (c c)",
        "cannot be told apart",
    ),
    "a column from two parents": (
        "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE TABLE c () INHERITS (a, b)",
        "CREATE TABLE a (x bigint); CREATE TABLE b (x bigint); CREATE TABLE c () INHERITS (a, b)",
        "inherits this column",
    ),
    "rows of a table that also gets a column": (
        "CREATE TABLE a (x int); CREATE TABLE b (r a)",
        "CREATE TABLE a (x bigint, y int); CREATE TABLE b (r a)",
        "holds rows of a",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_a_plan_leads_there(server, name: str, back: bool) -> None:
    before, after = PAIRS[name]
    if back:
        before, after = after, before
    made, left = _turn(server, before, after)
    assert (made.refusals, left) == ((), [])
    assert made.statements


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_a_reason(server, name: str) -> None:
    before, after, reason = REFUSED[name]
    made = plan(_read(server, before), _read(server, after))
    assert made.refusals
    assert all(reason in r.reason and r.instead for r in made.refusals)


SERIAL, IDENTITY = (
    f"CREATE TABLE t (id {numbered} PRIMARY KEY);"
    for numbered in ("serial", "bigint GENERATED BY DEFAULT AS IDENTITY")
)


def test_numbers_go_on_behind_those_of_the_rows(server) -> None:
    """A serial column becomes an identity and back, and the next row is not one that is there."""
    database = server.database("numbers")
    try:
        database.execute(f"{SERIAL} INSERT INTO t SELECT n FROM generate_series(3, 5) n")
        for before, after in ((SERIAL, IDENTITY), (IDENTITY, SERIAL)):
            for statement in plan(_read(server, before), _read(server, after)).statements:
                database.execute(statement.sql)
            database.execute("INSERT INTO t DEFAULT VALUES")
        assert database.execute("SELECT array_agg(id ORDER BY id) FROM t").fetchone() == ([3, 4, 5, 6, 7],)
    finally:
        server.drop(database)


def test_policies_hide_no_numbers(server) -> None:
    """Policies that hold for the owner, too, make reading the rows fail rather than be wrong."""
    forced = "ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    made = plan(_read(server, SERIAL + forced), _read(server, IDENTITY + forced))
    texts = [s.sql for s in made.statements]
    reading = next(n for n, text in enumerate(texts) if text.startswith("SELECT setval"))
    assert texts[reading - 1] == "SET LOCAL row_security = off"


def test_a_name_beside_another_fits() -> None:
    assert beside("ä" * 31, "__new").startswith("ä" * 24 + "_")
    long = [beside("x" * 60 + end, "__new") for end in "yz"]
    assert [len(name) for name in long] == [63, 63]
    assert long[0] != long[1]
    assert beside("short", "__new") == "short__new"
