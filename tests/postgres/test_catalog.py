"""The catalog reader: one round trip, one snapshot, the connection left as it was."""

from __future__ import annotations

import os
import re
import tempfile

import psycopg
import pytest

from todo_db.compare import compare
from todo_db.errors import UndeterminedError
from todo_db.objects import BY_KIND, KINDS
from todo_db.postgres import catalog, ignored
from todo_db.postgres.catalog import read
from todo_db.postgres.queries import query
from todo_db.schema import Key, fact_fields, identity_fields

RICH = """
CREATE SCHEMA "Odd Schema";
CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
CREATE DOMAIN positive AS integer DEFAULT 1 NOT NULL CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE SEQUENCE own AS integer START 5 CYCLE;
CREATE TABLE parent (a integer, b text, PRIMARY KEY (a) INCLUDE (b));
CREATE TABLE "Odd Schema".child (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7),
    nr serial,
    at timestamptz(6) DEFAULT now(),
    span interval(6),
    name text COLLATE "C",
    feeling mood DEFAULT 'ok',
    amount positive,
    twice integer GENERATED ALWAYS AS (nr * 2) STORED,
    parent_a integer REFERENCES parent ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck CHECK (nr > 0) NO INHERIT,
    UNIQUE (name, at),
    EXCLUDE USING btree (nr WITH =)
);
CREATE UNIQUE INDEX i ON "Odd Schema".child (lower(name) DESC, nr) INCLUDE (at) WHERE nr > 3;
COMMENT ON COLUMN "Odd Schema".child.name IS 'it''s a name';
"""


def _syncs(connection: psycopg.Connection, action) -> int:
    """How many round trips an action takes: libpq notes each Sync and each simple query that it sends."""
    with tempfile.TemporaryFile() as trace:
        connection.pgconn.trace(trace.fileno())
        try:
            action()
        finally:
            connection.pgconn.untrace()
        os.lseek(trace.fileno(), 0, os.SEEK_SET)
        return len(re.findall(rb"\tF\t\d+\t(?:Sync|Query)\b", os.read(trace.fileno(), 50_000_000)))


@pytest.mark.parametrize("autocommit", [True, False])
def test_everything_takes_one_round_trip(db, autocommit: bool) -> None:
    db.execute(RICH)
    db.autocommit = autocommit
    assert _syncs(db, lambda: read(db)) == 1


def test_a_hundred_tables_take_one_round_trip(db) -> None:
    for number in range(100):
        db.execute(f"CREATE TABLE t{number} (id serial PRIMARY KEY, x text UNIQUE CHECK (x <> ''))")
    assert _syncs(db, lambda: read(db)) == 1


@pytest.mark.parametrize("autocommit", [True, False])
def test_the_connection_is_left_as_it_was(db, autocommit: bool) -> None:
    db.autocommit = autocommit
    before = db.execute("SELECT current_setting('search_path'), current_setting('TimeZone')").fetchone()
    db.rollback()
    read(db)
    assert db.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert db.autocommit is autocommit
    after = db.execute("SELECT current_setting('search_path'), current_setting('TimeZone')").fetchone()
    assert after == before


def test_an_open_transaction_is_read_from_inside_and_goes_on(db) -> None:
    db.autocommit = False
    db.execute("CREATE TABLE pending (a integer)")
    assert Key("table", "public.pending") in read(db).objects
    db.execute("INSERT INTO pending VALUES (1)")
    db.rollback()
    assert Key("table", "public.pending") not in read(db).objects


def test_reading_twice_gives_the_same(db) -> None:
    db.execute(RICH)
    first, second = read(db, side="first"), read(db, side="second")
    assert first.objects == second.objects
    assert not compare([first, second])


def test_a_failing_transaction_is_not_made_worse(db) -> None:
    with pytest.raises(UndeterminedError, match="could not be read within"):
        read(db, timeout_ms=1)
    assert db.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert read(db).objects


def test_facts_of_a_rich_table(db) -> None:
    db.execute(RICH)
    objects = read(db).objects
    table = '"Odd Schema".child'
    columns = {
        k.name.rpartition(".")[2]: o for k, o in objects.items() if k.kind == "column" and "child" in k.name
    }
    assert columns["id"].identity == "always"
    assert columns["id"].identity_options == (7, 1, 1, 2**63 - 1, 1, False)
    assert columns["at"].type == "timestamp with time zone"
    assert columns["span"].type == "interval"
    assert columns["name"].collation == '"C"'
    assert columns["name"].comment == "it's a name"
    assert columns["feeling"].type == "public.mood"
    assert columns["twice"].generated == "(nr * 2)"
    assert objects[Key("enum", "public.mood")].labels == ("sad", "meh", "ok")
    assert objects[Key("sequence", '"Odd Schema".child_nr_seq')].owned_by == f"{table}.nr"
    assert objects[Key("primary key", "public.parent.parent_pkey")].include == ("b",)
    key = objects[Key("foreign key", f"{table}.child_parent_a_fkey")]
    assert (key.on_delete, key.deferrable, key.deferred) == ("set null", True, True)
    index = objects[Key("index", f"{table}.i")]
    assert index.columns == ("lower(name)", "nr")
    assert index.orders == ("desc", "asc")
    assert index.include == ("at",)
    assert index.predicate == "(nr > 3)"
    assert not any(k.name.endswith("child_id_seq") for k in objects)


def test_dependencies_lead_from_parts_to_wholes(db) -> None:
    db.execute(RICH)
    depends = read(db).depends
    feeling = Key("column", '"Odd Schema".child.feeling')
    assert Key("enum", "public.mood") in depends[feeling]
    assert (
        Key("primary key", "public.parent.parent_pkey")
        in depends[Key("foreign key", '"Odd Schema".child.child_parent_a_fkey')]
    )


def test_the_stamp_comes_with_it(db) -> None:
    assert read(db).revisions is None
    db.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    assert read(db).revisions == ()
    db.execute("INSERT INTO alembic_version VALUES ('b<&>'), ('a1')")
    schema = read(db)
    assert schema.revisions == ("a1", "b<&>")
    assert not any("alembic_version" in key.name for key in schema.objects)


def test_a_stamp_that_may_not_be_read_is_unknown(db, server) -> None:
    server.ensure_roles(["td_nobody"])
    db.execute("CREATE TABLE alembic_version (version_num varchar(32)); SET ROLE td_nobody")
    assert [u.object for u in read(db).unknown] == ["public.alembic_version"]


def test_a_role_without_rights_sees_every_object(db, server) -> None:
    server.ensure_roles(["td_nobody"])
    db.execute(RICH)
    as_owner = read(db)
    db.execute("SET ROLE td_nobody")
    as_nobody = read(db)
    assert as_nobody.objects == as_owner.objects
    assert not as_nobody.unknown


def test_members_of_extensions_are_not_ours(db) -> None:
    before = read(db).objects.keys()
    db.execute("CREATE EXTENSION citext")
    added = read(db).objects.keys() - before
    assert added == {Key("extension", "citext")}


def test_schemas_of_others_are_ignored_unless_asked_for(db) -> None:
    db.execute("CREATE SCHEMA neon_auth; CREATE TABLE neon_auth.u (id uuid)")
    assert "neon_auth" in ignored.SCHEMAS
    assert not any("neon_auth" in key.name for key in read(db).objects)
    assert Key("table", "neon_auth.u") in read(db, schemas=["neon_auth"]).objects


@pytest.mark.parametrize("role", ["cloud_admin", "databricks_reader"])
def test_what_belongs_to_roles_of_the_service_is_not_ours(db, server, role: str) -> None:
    db.execute("CREATE TABLE t (a int)")
    db.execute("CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
    before = read(db)
    server.ensure_roles([role])
    with server.superuser_connection(db) as connection:
        connection.execute(f"ALTER ROLE {role} SUPERUSER")  # only such a one may own some of these
        try:
            connection.execute(f"""
                GRANT SELECT ON t TO {role};
                GRANT SELECT (a) ON t TO {role};
                ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role};
                ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT SELECT ON TABLES TO PUBLIC;
                CREATE FOREIGN DATA WRAPPER w; ALTER FOREIGN DATA WRAPPER w OWNER TO {role};
                CREATE SERVER s FOREIGN DATA WRAPPER w; ALTER SERVER s OWNER TO {role};
                CREATE USER MAPPING FOR {role} SERVER s;
                CREATE PUBLICATION p; ALTER PUBLICATION p OWNER TO {role};
                CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();
                ALTER EVENT TRIGGER e OWNER TO {role};
                DO $$ BEGIN
                    EXECUTE format('ALTER ROLE {role} IN DATABASE %I SET work_mem TO 64', current_database());
                END $$;
            """)
            assert read(db).objects == before.objects
        finally:
            connection.execute(f"ALTER ROLE {role} NOSUPERUSER")


def test_a_role_that_is_only_called_alike_is_ours(db, server) -> None:
    server.ensure_roles(["databricks"])
    db.execute("CREATE TABLE t (a int); GRANT SELECT ON t TO databricks")
    assert [g.grantee for g in read(db).of("grant")] == ["databricks"]  # type: ignore[attr-defined]


def test_only_the_asked_schemas_are_read(db) -> None:
    db.execute("CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (a int); CREATE TABLE two.t (a int)")
    names = {key.name for key in read(db, schemas=["one"]).objects}
    assert "one.t" in names
    assert "two.t" not in names


def test_odd_settings_of_the_session_change_nothing(db) -> None:
    db.execute(RICH)
    db.execute(
        "CREATE TABLE d (a timestamptz DEFAULT '2026-01-01 00:00+00', b float DEFAULT 0.1,"
        " c interval DEFAULT '1 day')"
    )
    plain = read(db)
    db.execute("""SET search_path = "Odd Schema";
                  SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German';
                  SET IntervalStyle = 'iso_8601'; SET extra_float_digits = -3;
                  SET quote_all_identifiers = on""")
    assert read(db).objects == plain.objects


@pytest.mark.parametrize("cls", KINDS, ids=lambda c: c.kind)
def test_each_query_fills_every_fact(cls, db) -> None:
    """A fact that no query asks for would never differ."""
    version = db.info.server_version
    answer = db.execute(query(cls, version), catalog.parameters(None, False))
    names = {c.name.partition(".")[0] for c in answer.description}
    assert {f.name for f in (*identity_fields(cls), *fact_fields(cls))} <= names


def test_an_operator_class_counts_where_it_is_not_what_the_type_gets_anyway(db) -> None:
    db.execute("""
        CREATE EXTENSION btree_gin;
        CREATE TABLE t (a text, b varchar, c char(3), d integer[], e name);
        CREATE INDEX usual_1 ON t USING hash (a);
        CREATE INDEX usual_2 ON t USING hash (lower(a));
        CREATE INDEX usual_3 ON t USING hash (b);
        CREATE INDEX usual_4 ON t USING gin (d);
        CREATE INDEX usual_5 ON t USING gin (to_tsvector('simple', a));
        CREATE INDEX usual_6 ON t (e, c, lower(b));
        CREATE INDEX own_1 ON t USING hash (a text_pattern_ops);
        CREATE INDEX own_2 ON t USING hash (lower(a) text_pattern_ops);
        CREATE INDEX own_3 ON t (c bpchar_pattern_ops);
    """)
    said = {index.name: index.opclasses for index in read(db).of("index")}  # type: ignore[attr-defined]
    assert {name for name, opclasses in said.items() if any(opclasses)} == {"own_1", "own_2", "own_3"}


def test_fifteen_reads_the_same_as_eighteen(pg15, db) -> None:
    db.execute(RICH)
    older = pg15.database("older")
    try:
        older.execute(RICH)
        assert not compare([read(db, side="18"), read(older, side="15")])
    finally:
        pg15.drop(older)


def test_every_kind_has_its_own_name_and_codes() -> None:
    assert len(BY_KIND) == len(KINDS)
    codes = [code for cls in KINDS for code in cls.codes]
    assert len(set(codes)) == len(codes)


def test_what_is_not_compared_is_unknown(db, server) -> None:
    with server.superuser_connection(db) as connection:
        connection.execute("CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler")
        connection.execute("CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1")
    assert {u.object for u in read(db).unknown} == {"heap2", "public.c"}
