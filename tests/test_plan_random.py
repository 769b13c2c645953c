# ruff: noqa: E501 - the scripts are easier to read in one piece
"""From any schema to any other: each kind of object in one of several forms, or not at all, on the same tables."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from todo_db.compare import compare
from todo_db.plan import plan
from todo_db.postgres.catalog import read
from todo_db.sources.respell import Respeller

# One form of each is drawn per side; a later one may use what every form of an earlier one has.
FORMS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TYPE e AS ENUM ('a', 'b')",
        "CREATE TYPE e AS ENUM ('a', 'x', 'b')",
        "CREATE TYPE e AS ENUM ('b', 'a')",
    ),
    (
        "CREATE DOMAIN d AS text",
        "CREATE DOMAIN d AS text DEFAULT 'q' CHECK (VALUE <> '')",
        "CREATE DOMAIN d AS varchar(40) NOT NULL",
    ),
    ("CREATE TYPE c AS (x int, y text)", "CREATE TYPE c AS (x bigint, y text)"),
    (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a'",
        "CREATE FUNCTION f(z int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT z + 1'",
        "CREATE FUNCTION f(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'",
    ),
    (
        "CREATE TABLE p (id int PRIMARY KEY, k int NOT NULL, UNIQUE (k))",
        "CREATE TABLE p (id bigint PRIMARY KEY, k int NOT NULL, CONSTRAINT p_k_key UNIQUE (k, id), CONSTRAINT one UNIQUE (k))",
        "CREATE TABLE p (id int GENERATED ALWAYS AS IDENTITY, k int PRIMARY KEY, UNIQUE (id))",
        "CREATE TABLE p (id serial PRIMARY KEY, k int NOT NULL, CONSTRAINT other UNIQUE (k) DEFERRABLE, CONSTRAINT one UNIQUE (k))",
    ),
    (
        "CREATE TABLE t (id int, a int, s text, e e DEFAULT 'a', d d, ds d[], c c, cs c[])",
        'CREATE TABLE t (id int NOT NULL, a bigint DEFAULT 1, s varchar(30) COLLATE "C", e e, d d, ds d[], c c, cs c[])',
        "CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT f(1), s text NOT NULL, e e[], d d, c c, more int GENERATED ALWAYS AS (f(2)) STORED)",
        "CREATE TABLE t (a numeric(9,2), id int, s text, e text, d text, c c) WITH (fillfactor = 70)",
    ),
    (
        "",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 1) NOT VALID",
    ),
    (
        "",
        "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES p (k)",
        "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES p (id) ON DELETE CASCADE",
    ),
    (
        "",
        "CREATE INDEX i ON t (a)",
        "CREATE UNIQUE INDEX i ON t (s, a DESC) WHERE a > 3",
        "CREATE INDEX i ON t ((a + 1), id)",
    ),
    ("", "CREATE STATISTICS st ON a, s FROM t", "CREATE STATISTICS st (mcv) ON a, s, id FROM t"),
    (
        "CREATE VIEW v AS SELECT id, a FROM t",
        "CREATE VIEW v AS SELECT a, id, s FROM t WHERE a > 0",
        "CREATE MATERIALIZED VIEW v AS SELECT id, a FROM t",
    ),
    (
        "",
        "CREATE VIEW w AS SELECT a FROM v",
        "CREATE VIEW w AS SELECT f(id) AS a, count(*) AS n FROM v GROUP BY 1",
    ),
    ("", "GRANT SELECT ON v TO PUBLIC", "GRANT SELECT (a) ON v TO PUBLIC; COMMENT ON COLUMN v.a IS 'x'"),
    (
        "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END'",
    ),
    (
        "",
        "CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a > 1) EXECUTE FUNCTION tf()",
        "CREATE TRIGGER g AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION tf(); COMMENT ON TRIGGER g ON t IS 'g'",
    ),
    (
        "",
        "CREATE POLICY o ON t USING (a > 0); ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY o ON t FOR SELECT USING (id IN (SELECT k FROM p)); ALTER TABLE t FORCE ROW LEVEL SECURITY",
    ),
    (
        "",
        "CREATE TABLE h (k int NOT NULL, t text) PARTITION BY LIST (k); CREATE TABLE h1 PARTITION OF h FOR VALUES IN (1)",
        "CREATE TABLE h (k int NOT NULL, t varchar(9), n int) PARTITION BY LIST (k); CREATE TABLE h1 PARTITION OF h FOR VALUES IN (1, 2); CREATE TABLE h0 PARTITION OF h DEFAULT; CREATE INDEX hi ON h (t)",
        "CREATE TABLE h (k int PRIMARY KEY, t text) PARTITION BY LIST (k); CREATE TABLE h1 (k int PRIMARY KEY, t text)",
    ),
    (
        "",
        "CREATE PUBLICATION pub FOR TABLE p",
        "CREATE PUBLICATION pub FOR TABLE p (k, id), t WITH (publish = 'insert')",
    ),
    (
        "",
        "CREATE RULE r AS ON DELETE TO t WHERE OLD.a = 7 DO INSTEAD NOTHING",
        "CREATE RULE r AS ON DELETE TO t DO ALSO DELETE FROM p WHERE k = OLD.id",
    ),
)
scripts = st.tuples(*map(st.sampled_from, FORMS)).map(lambda drawn: "; ".join(filter(None, drawn)))
_quietly = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


def leads_there(server, before: str, after: str) -> None:
    for script in (before, after):
        database = server.database("valid")
        try:
            database.execute(script)
        except psycopg.Error:
            return  # no schema
        finally:
            server.drop(database)
    old, new = server.database("old"), server.database("new")
    try:
        old.execute(before)
        new.execute(after)
        target, judge = read(new, side="after"), Respeller(server)
        made = plan(read(old, side="before"), target, respell=judge)
        for statement in made.statements:
            old.execute(statement.sql)
        left = list(compare([read(old, side="before"), target], respell=judge))
    except psycopg.Error as error:
        raise AssertionError(f"{error}\n--- from\n{before}\n--- to\n{after}") from error
    finally:
        server.drop(old)
        server.drop(new)
    assert (left, made.refusals) == ([], ())


@pytest.mark.long
@given(before=scripts, after=scripts)
@settings(max_examples=1500, deadline=None, suppress_health_check=_quietly)
def test_a_plan_leads_from_any_kind_to_any(server, before: str, after: str) -> None:
    leads_there(server, before, after)
