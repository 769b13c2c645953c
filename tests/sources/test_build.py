"""Statements on scratch: in one round trip where all is well, and never all or nothing where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from todo_db.postgres.catalog import read
from todo_db.schema import Key
from todo_db.sources.build import Failure, Outcome, Step, build, wanted_extensions

Connection = psycopg.Connection[tuple[Any, ...]]


def columns(db: Connection, table: str) -> list[str]:
    rows = db.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table]
    )
    return sorted(name for (name,) in rows)


def test_all_at_once(db: Connection) -> None:
    outcome = build(db, [Step("CREATE TABLE t (a int)"), Step("CREATE INDEX i ON t (a)")])
    assert outcome == Outcome()
    assert columns(db, "t") == ["a"]


def test_a_failure_hides_nothing_else(db: Connection) -> None:
    parts = (
        Step("CREATE TABLE t ()"),
        Step("ALTER TABLE t ADD COLUMN a int"),
        Step(
            "ALTER TABLE t ADD COLUMN b int DEFAULT 'x'", "t.b", rescue=Step("ALTER TABLE t ADD COLUMN b int")
        ),
        Step("ALTER TABLE t ADD COLUMN c int"),
    )
    steps = [
        Step("CREATE TABLE t (a int, b int DEFAULT 'x', c int)", "t", parts),
        Step("CREATE INDEX i ON t (a)", "i"),
        Step("CREATE INDEX j ON t (nothing)", "j", ref="mine"),
    ]
    outcome = build(db, steps)
    assert columns(db, "t") == ["a", "b", "c"]
    assert [f.step.what for f in outcome.failures] == ["t.b", "j"]
    assert outcome.failures[0].reason == 'invalid input syntax for type integer: "x"'
    assert outcome.failures[1].step.ref == "mine"


def test_one_statement_for_each_message(db: Connection) -> None:
    """What a document or a model says can't smuggle in a second statement."""
    outcome = build(db, [Step("CREATE TABLE t (a int); DROP TABLE t", "t")])
    assert [f.reason for f in outcome.failures] == [
        "cannot insert multiple commands into a prepared statement"
    ]


def test_percent_signs_are_no_placeholders(db: Connection) -> None:
    assert build(db, [Step("CREATE TABLE t (a text CHECK (a LIKE '%s%%'))")]) == Outcome()


def test_extensions_that_the_server_has(db: Connection) -> None:
    outcome = build(db, [Step("CREATE TABLE t (a citext, b hstore)")])
    assert outcome.failures == ()
    assert outcome.extensions == {"citext", "hstore"}


def test_types_functions_and_collations_that_nobody_has(db: Connection) -> None:
    steps = [
        Step("CREATE TABLE a (x some_type, y other.kind)", "a", (Step("CREATE TABLE a (x some_type)"),)),
        Step("CREATE TABLE b (id uuid DEFAULT uuid_generate_v4())"),
        Step('CREATE TABLE c (x text COLLATE "Klingon")'),
    ]
    outcome = build(db, steps)
    assert outcome.failures == ()
    assert {Key("domain", "public.some_type"), Key("collation", 'public."Klingon"')} <= outcome.stand_ins
    function = Key("function", "public.uuid_generate_v4")
    assert (function in outcome.stand_ins) != ("uuid-ossp" in outcome.extensions)
    (default,) = db.execute("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef").fetchone() or ()
    assert default == "uuid_generate_v4()"


@pytest.mark.parametrize("name", ["Numbers", '"Odd one".nr', "public.nr", "\"it''s\""])
def test_a_sequence_that_only_a_default_names(db: Connection, name: str) -> None:
    db.execute('CREATE SCHEMA "Odd one"')
    outcome = build(db, [Step(f"CREATE TABLE t (a bigint DEFAULT nextval('{name}'), b int)")])
    assert outcome.failures == ()
    (sequence,) = outcome.stand_ins
    assert sequence.kind == "sequence"
    assert sequence in read(db).objects


def test_a_missing_table_is_never_a_sequence(db: Connection) -> None:
    outcome = build(db, [Step("CREATE TABLE t (a bigint DEFAULT nextval('nr') REFERENCES other)")])
    assert [f.reason for f in outcome.failures] == ['relation "other" does not exist']


def test_an_extension_that_the_server_lacks_is_named(db: Connection) -> None:
    outcome = build(db, [Step("CREATE TABLE t (a geometry(Point, 4326))", "t.a")])
    (failure,) = outcome.failures
    assert isinstance(failure, Failure)
    assert failure.hint is not None
    assert "postgis" in failure.hint


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CREATE TABLE t (a CITEXT)", ["citext"]),
        ("CREATE INDEX i ON t USING gin (a gin_trgm_ops)", ["pg_trgm"]),
        ("EXCLUDE USING gist (a WITH =)", ["btree_gist"]),
        ("CREATE TABLE vectors (a int)", []),
    ],
)
def test_which_extensions_are_wanted(text: str, names: list[str]) -> None:
    assert wanted_extensions([text]) == names


def test_a_session_that_is_gone_is_an_error(make_db: Callable[[str], Connection], server: Any) -> None:
    db = make_db("gone")
    with server.superuser_connection(db) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [db.info.backend_pid])
    with pytest.raises(psycopg.Error):
        build(db, [Step("CREATE TABLE t (a int)")])
