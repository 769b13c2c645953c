"""A .sql file as a side: read as psql would run it, with the places of what it states."""

from __future__ import annotations

import pytest

from todo_db.errors import UndeterminedError, UsageError
from todo_db.objects.domain import Domain
from todo_db.schema import Key, Schema
from todo_db.sources.sqlfile import read_sql_file


@pytest.fixture
def read_text(tmp_path, server):
    def read(text: str) -> Schema:
        path = tmp_path / "schema.sql"
        path.write_text(text, encoding="utf-8")
        return read_sql_file(path, server, "file")

    return read


DUMP = r"""--
-- PostgreSQL database dump
--
\restrict sdf8

SET statement_timeout = 0;
SET some_setting_of_a_newer_server = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
COMMENT ON EXTENSION pg_trgm IS 'text similarity';
CREATE TABLE public.tasks (
    id integer NOT NULL,
    title character varying(200),
    CONSTRAINT ck_title CHECK (((title)::text <> ';'::text))
);
ALTER TABLE public.tasks OWNER TO postgres;

COPY public.tasks (id, title) FROM stdin;
1	it's; here
\.

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);
CREATE INDEX ix_title ON public.tasks USING gin (title public.gin_trgm_ops);
CREATE POLICY p ON public.tasks TO todo_file_reader USING (true);
GRANT SELECT ON TABLE public.tasks TO todo_file_reader, "Odd Role";
\unrestrict sdf8
"""


def test_a_dump_loads(read_text) -> None:
    schema = read_text(DUMP)
    assert Key("table", "public.tasks") in schema.objects
    assert Key("index", "public.tasks.ix_title") in schema.objects
    assert not schema.unknown


def test_places_lead_to_lines(read_text) -> None:
    places = {key: place.line for (key, fact), place in read_text(DUMP).places.items() if not fact}
    assert places[Key("table", "public.tasks")] == 12
    assert places[Key("column", "public.tasks.id")] == 13
    assert places[Key("column", "public.tasks.title")] == 14
    assert places[Key("check", "public.tasks.ck_title")] == 15
    assert places[Key("primary key", "public.tasks.tasks_pkey")] == 24
    assert places[Key("index", "public.tasks.ix_title")] == 25


def test_added_columns_have_places(read_text) -> None:
    places = read_text('CREATE TABLE t (a int);\nALTER TABLE t\n ADD COLUMN IF NOT EXISTS "B" text;').places
    assert places[Key("column", 'public.t."B"'), ""].line == 3


def test_a_refused_statement_is_told_with_its_line(read_text, tmp_path) -> None:
    with pytest.raises(UndeterminedError) as caught:
        read_text("CREATE TABLE a (x int);\nCREATE TABLE b (\n  y int,\n  z no_such_type\n);")
    assert caught.value.where == f"{tmp_path / 'schema.sql'}:4"
    assert "no_such_type" in caught.value.what


def test_what_is_not_closed_is_told_with_its_line(read_text, tmp_path) -> None:
    with pytest.raises(UndeterminedError) as caught:
        read_text("SELECT 1;\nSELECT 'x")
    assert caught.value.where == f"{tmp_path / 'schema.sql'}:2"


def test_a_file_cannot_run_as_superuser(read_text, server) -> None:
    with pytest.raises(UndeterminedError):
        read_text("COMMENT ON ROLE postgres IS 'x'")
    with pytest.raises(UndeterminedError):
        read_text("CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION pg_catalog.now()")


def test_roles_and_databases_are_passed_over(read_text) -> None:
    assert read_text("CREATE ROLE x SUPERUSER;\nCREATE DATABASE y;\nCREATE DOMAIN d AS int;").of(Domain.kind)


def test_a_missing_file_is_a_usage_error(tmp_path, server) -> None:
    with pytest.raises(UsageError):
        read_sql_file(tmp_path / "none.sql", server, "file")


def test_what_is_no_text_is_a_usage_error(tmp_path, server) -> None:
    path = tmp_path / "x.sql"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError):
        read_sql_file(path, server, "file")


def test_an_empty_file_is_an_empty_schema(read_text) -> None:
    assert {key.kind for key in read_text("-- nothing\n").objects} <= {"schema"}
