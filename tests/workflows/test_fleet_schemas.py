"""migrate --targets with a schema for each customer: each has its own tables, stamp, ledger and lock."""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest

from tests.support.histories import OUR_ENV, Project
from tests.workflows.test_fleet import run
from todo_db.apply import lock
from todo_db.errors import ApplyError, UndeterminedError, UsageError
from todo_db.postgres.tenant import path_of, split
from todo_db.revisions.text import without_schema
from todo_db.settings import load
from todo_db.sources.tenancy import names_schema
from todo_db.sources.workspace import Workspace
from todo_db.workflows.adopt import adopt
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_down import down
from todo_db.workflows.migrate_new import new
from todo_db.workflows.migrate_plan import plan, script

NOTES = (
    "a1",
    None,
    """
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", sa.Enum("open", "done", name="state"), nullable=False),
    )
    op.create_table(
        "lines",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("note", sa.Integer, sa.ForeignKey("notes.id", name="fk_note")),
    )
    op.execute("create view open_notes as select * from notes where state = 'open'")
    """,
    """
    op.drop_table('lines')
    op.execute('drop view open_notes')
    op.drop_table('notes')
    op.execute('drop type state')
    """,
)
BODY = ("b2", "a1", "op.add_column('notes', sa.Column('body', sa.Text))", "op.drop_column('notes', 'body')")
INDEX = (
    "c3",
    "b2",
    "with op.get_context().autocommit_block():\n"
    "    op.create_index('ix_note', 'lines', ['note'], postgresql_concurrently=True)",
    "op.drop_index('ix_note')",
)

RECIPE_ENV = """\
from alembic import context
from sqlalchemy import engine_from_config, pool, text

config = context.config
tenant = context.get_x_argument(as_dictionary=True).get("tenant")
connectable = engine_from_config(config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.",
                                 poolclass=pool.NullPool)
with connectable.connect() as connection:
    connection.execute(text('set search_path to "%s"' % tenant))
    connection.commit()
    connection.dialect.default_schema_name = tenant
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""


def schemas(project: Project, *names: str) -> None:
    """Make the schemas and a file that lists them."""
    for name in names:
        project.live.execute(f'create schema "{name}"'.encode())
    url = project.url.replace("+psycopg", "")
    text = "".join(f'{name.replace(" ", "")} {url} schema="{name}"\n' for name in names)
    (project.root / "targets.txt").write_text(text)


def one(project: Project, schema: str, replays: dict[Any, Any] | None = None) -> Workspace:
    made = Workspace(
        load(project.root).of_tenant(schema),
        url=project.url,
        environ={**os.environ, **project.environ},
        say=project.said.append,
        scratch=project.server,
        replays=replays,
    )
    return project.stack.enter_context(made)


def stamps(project: Project, *names: str) -> list[Any]:
    return [project.rows(f'select version_num from "{n}".alembic_version')[0][0] for n in names]


@pytest.mark.parametrize("env", [OUR_ENV, RECIPE_ENV])
def test_each_schema_has_its_own_tables_stamp_and_ledger(project: Project, env: str) -> None:
    project.history(NOTES, BODY, INDEX, env=env)
    names = ("customer_a", "Customer B", "c")
    schemas(project, *names)
    replays: dict[Any, Any] = {}
    for name in names:
        told = migrate(one(project, name, replays)).report.extra
        assert [step["revision"] for step in told["applied"]] == ["a1", "b2", "c3"]
        assert told["verified"]

    assert stamps(project, *names) == ["c3"] * 3
    assert [project.rows(f'select count(*) from "{n}".todo_db_ledger') for n in names] == [[(3,)]] * 3
    assert project.tables() == []
    query = "select typnamespace::regnamespace::text from pg_type where typname = 'state' order by 1"
    assert project.rows(query) == [('"Customer B"',), ("c",), ("customer_a",)]

    assert migrate(one(project, "c", replays)).report.extra["applied"] == []
    down(one(project, "c", replays), "a1", lambda _: True)
    assert stamps(project, *names) == ["c3", "c3", "a1"]
    columns = (
        "select count(*) from information_schema.columns where table_name = 'notes' and column_name = 'body'"
    )
    assert project.rows(columns) == [(2,)]


def test_a_stamp_in_public_is_nobodys_but_publics(project: Project) -> None:
    """What search_path finds behind the schema's own is somebody else's version table and ledger."""
    project.history(NOTES)
    project.live.execute("create extension citext")
    migrate(project.open())
    schemas(project, "a")
    project.live.execute("drop table lines; drop view open_notes; drop table notes; drop type state")
    assert migrate(one(project, "a")).report.extra["stamp"] == ["a1"]
    assert stamps(project, "public", "a") == ["a1", "a1"]
    assert project.rows("select count(*) from public.todo_db_ledger") == [(1,)]


def test_what_is_called_like_ours_beside_the_schema_is_refused(project: Project) -> None:
    project.history(NOTES)
    schemas(project, "a")
    project.live.execute("create extension citext; create type state as enum ('old')")
    with pytest.raises(ApplyError, match=r"would also see public.state, called like their own"):
        migrate(one(project, "a"))
    project.live.execute("drop extension citext; create schema extensions")
    project.live.execute("create extension citext schema extensions")
    migrate(one(project, "a"))
    assert project.rows("select 'a.state'::regtype::text") == [("a.state",)]


def test_a_revision_that_names_a_schema_is_refused_with_the_reason(project: Project) -> None:
    project.history(NOTES, ("b2", "a1", "op.create_table('t', schema='public')"))
    schemas(project, "a")
    with pytest.raises(
        UndeterminedError, match=r"revision b2 names a schema.*it says CREATE TABLE public.t"
    ) as error:
        migrate(one(project, "a"))
    assert "2_b2.py" in str(error.value.where)
    assert "schema_per_target" in str(error.value.hint)
    project.history(NOTES, ("b2", "a1", "op.execute('create schema audit')"))
    with pytest.raises(UndeterminedError, match=r"revision b2 names a schema.*it makes schema audit"):
        migrate(one(project, "a"))
    assert project.rows("select count(*) from pg_class where relnamespace = 'a'::regnamespace") == [(0,)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create table public.t (x int)", True),
        ('insert into "public"."T" values (1)', True),
        ("set local search_path = public", True),
        ("select pg_catalog.set_config('search_path', '', false)", True),
        ("grant usage on schema public to app", True),
        ("create function f() returns int set search_path = '' as 'select 1'", False),
        ("grant select on t to public", False),
        ("create extension if not exists citext with schema public", False),
        ("insert into t values ('go public. Then')", False),
        ("select republic.x from republic", False),
    ],
)
def test_which_statements_name_a_schema(sql: str, expected: bool) -> None:
    assert names_schema(sql) is expected


def test_drift_in_one_schema_stops_it_there_and_nowhere_else(project: Project) -> None:
    project.history(NOTES)
    schemas(project, "a", "b")
    replays: dict[Any, Any] = {}
    for name in ("a", "b"):
        migrate(one(project, name, replays))
    project.live.execute("alter table a.notes add extra int")
    project.history(NOTES, BODY)
    again: dict[Any, Any] = {}
    assert "migrate" in plan(one(project, "b", again)).report.command
    text = script(one(project, "b", again)).text
    assert text.startswith('SET search_path TO "b";')
    assert "UPDATE b.alembic_version SET version_num='b2'" in text
    with pytest.raises(UsageError, match="the target is the schema b, and the models speak of the usual one"):
        one(project, "b", again).side("models")
    with pytest.raises(ApplyError, match="is not what revision a1 makes"):
        migrate(one(project, "a", again))
    migrate(one(project, "b", again))
    assert stamps(project, "a", "b") == ["a1", "b2"]
    told = migrate(one(project, "a", again), allow_drift=["notes.extra"])
    assert told.report.extra["stamp"] == ["b2"]

    project.live.execute("drop table b.alembic_version")
    assert adopt(one(project, "b", again), confirm=lambda _: True).text.startswith("stamped b2")
    assert stamps(project, "b") == ["b2"]


def test_runs_on_two_schemas_do_not_wait_for_one_another(project: Project) -> None:
    project.history(NOTES)
    schemas(project, "a", "b")
    other = project.server.conninfo(project.live)
    with psycopg.connect(other, autocommit=True) as holder, lock.held(holder, lambda _: None, tenant="a"):
        migrate(one(project, "b"))
        with (
            pytest.raises(ApplyError, match="still migrating the schema a"),
            lock.held(project.live, lambda _: None, wait=0.1, tenant="a"),
        ):
            raise AssertionError
    assert not any("waiting for it" in said for said in project.said)
    with pytest.raises(UndeterminedError, match="there is no schema typo") as error:
        migrate(one(project, "typo"))
    assert "CREATE SCHEMA" in str(error.value.hint)
    project.server.ensure_roles(["stranger"])
    project.live.execute("set role stranger")
    with pytest.raises(UndeterminedError, match="the role may not use the schema a") as error:
        path_of(project.live, "a", "here")
    assert "GRANT USAGE, CREATE ON SCHEMA" in str(error.value.hint)
    project.live.execute("reset role")


def test_the_whole_fleet_by_command(project: Project) -> None:
    """One list with schemas and a database: migrated, looked at, one altered by hand, one left behind."""
    project.history(NOTES)
    names = [f"customer_{n}" for n in range(4)]
    schemas(project, *names)
    code, told, said = run(project, "--jobs", "1")
    assert (code, told["targets"]["applied"]) == (0, 4), said

    for name in ("customer_1", "customer_3"):
        project.live.execute(f"alter table {name}.notes add extra int".encode())
    project.live.execute("drop schema customer_2 cascade")
    code, told, said = run(project, "--jobs", "1", command=("drift",))
    assert code == 1
    assert told["targets"] == {"all": 4, "as it should be": 1, "behind": 0, "differs": 2, "failed": 1}
    assert [d["targets"] for d in told["differences"]] == [["customer_1", "customer_3"]]
    assert told["differences"][0]["object"] == "public.notes.extra"
    assert "in 2 of 4 targets: customer_1, customer_3" in told["findings"][0]["message"]
    assert [u["object"] for u in told["unknown"]] == ["customer_2"]

    project.history(NOTES, BODY)
    code, told, said = run(project, "--jobs", "1", command=("migrate", "status"))
    assert code == 1
    assert told["behind"] == [{"pending": ["b2"], "targets": ["customer_0", "customer_1", "customer_3"]}]
    assert told["stamps"] == {"a1": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u@h/x?schema=a", ("postgresql://u@h/x", "a")),
        ("postgresql://u@h/x?sslmode=require&currentSchema=a", ("postgresql://u@h/x?sslmode=require", "a")),
        ("postgresql://u@h/x?search_path=%22A%20b%22%2Cpublic", ("postgresql://u@h/x", "A b")),
        ("postgresql://u@h/x schema=a", ("postgresql://u@h/x", "a")),
        ('postgresql://u@h/x schema="A b"', ("postgresql://u@h/x", "A b")),
        ("host=h dbname=x schema=a user=u", ("host=h dbname=x user=u", "a")),
        ("host=h dbname=x schema='Odd'", ("host=h dbname=x", "odd")),
        ("postgresql://u@h/x?schema=public", ("postgresql://u@h/x", None)),
        ("postgresql://u:p%3Fschema=a@h/x", ("postgresql://u:p%3Fschema=a@h/x", None)),
    ],
)
def test_how_a_schema_is_named(text: str, expected: tuple[str, str | None]) -> None:
    assert split(text) == expected


def test_a_schema_in_options_counts_where_it_is_meant(project: Project) -> None:
    url = "postgresql://u@h/x?options=-csearch_path%3Da"
    assert split(url) == (url, "a")
    assert split(url, options=False) == (url, None)
    for text, message in (
        ("postgresql://u@h/x?schema=a schema=b", "several schemas"),
        ("postgresql://u@h/x?schema=a%2Cshared", "further schemas: shared"),
        ("postgresql://u@h/x?search_path=%22%24user%22", "no name of a schema"),
    ):
        with pytest.raises(UsageError, match=message):
            split(text)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY", "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY"),
        ("SELECT nextval('public.a_seq'::regclass)", "SELECT nextval('a_seq'::regclass)"),
        ('UPDATE "public"."Order" SET x = \'public.y\'', "UPDATE \"Order\" SET x = 'public.y'"),
        ('SELECT nonpublic.x, a.public.b, "public"', 'SELECT nonpublic.x, a.public.b, "public"'),
        (
            "CREATE FUNCTION public.f() AS $$select public.g()$$",
            "CREATE FUNCTION f() AS $$select public.g()$$",
        ),
        ("GRANT SELECT ON public.a TO public", "GRANT SELECT ON a TO public"),
    ],
)
def test_sql_without_the_schema(sql: str, expected: str) -> None:
    assert without_schema(sql) == expected


def test_new_revisions_name_no_schema_where_the_project_says_so(project: Project) -> None:
    project.write({"schema/schema.yaml": SPEC})
    project.settings(schema_per_target=True)
    project.write({"migrations/env.py": OUR_ENV})
    new(project.open(), "Notes of owners")
    written = "".join(p.read_text() for p in project.versions.glob("*.py"))
    assert "CREATE POLICY" in written
    assert "public." not in written.partition("def upgrade")[2]
    schemas(project, "a")
    assert migrate(one(project, "a")).report.extra["verified"]
    assert project.rows("select count(*) from pg_policies where schemaname = 'a'")[0][0] > 0


SPEC = """
version: 1
tables:
  notes:
    owner: user_id
    columns:
      - {name: id, type: integer, primary_key: true, autoincrement: true}
      - {name: user_id, type: text, nullable: false}
      - {name: title, type: varchar(200), nullable: false}
"""
