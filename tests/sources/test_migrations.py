"""The migrations' side: what a history builds, whoever wrote its env.py, and never on another database."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Project
from todo_db.errors import UsageError
from todo_db.findings import Place
from todo_db.postgres.scratch import Scratch
from todo_db.schema import Key, Schema
from todo_db.sources import migrations
from todo_db.sources.history import HistoryError
from todo_db.sources.runner import RevisionFailedError

TASKS = (
    "a",
    None,
    'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.drop_table("tasks")',
)
TITLE = (
    "b",
    "a",
    'op.add_column("tasks", sa.Column("title", sa.Text()))',
    'op.drop_column("tasks", "title")',
)
SPEC = """
    tables:
      users:
        managed_by: better-auth
        columns: [{name: id, type: text, primary_key: true}]
      tasks:
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: user_id, type: text, nullable: false, references: {table: users, column: id}}
"""
USERS = Key("table", "public.users")


@pytest.fixture
def history(tmp_path: Path, server: Scratch, make_db: Callable[[str], Any]) -> Iterator[Project]:
    """A project, whose live database must never be touched."""
    with ExitStack() as stack:
        root = tmp_path / "project"
        root.mkdir()
        made = Project(
            root, server, make_db("live"), {"XDG_CACHE_HOME": str(tmp_path / "cache")}, stack=stack
        )
        made.settings()
        yield made
        assert made.tables() == []


def names(schema: Schema, kind: str) -> list[str]:
    return [o.key.name for o in schema.of(kind)]


def test_it_is_what_the_history_builds(history: Project) -> None:
    history.history(TASKS, TITLE)
    ws = history.open()
    found = ws.side("migrations")
    assert (found.side, names(found, "table")) == ("migrations", ["public.tasks"])
    assert names(found, "column") == ["public.tasks.id", "public.tasks.title"]
    assert names(ws.side("migrations@a"), "column") == ["public.tasks.id"]
    assert names(ws.side("migrations@base"), "table") == []
    assert migrations.head(ws) == "b"


def test_places(history: Project) -> None:
    history.history(TASKS, TITLE)
    found = history.open().side("migrations")
    assert found.place(Key("table", "public.tasks")) == Place("migrations", "migrations/versions/1_a.py", 11)
    assert found.place(Key("column", "public.tasks.title")) == Place(
        "migrations", "migrations/versions/2_b.py", 11
    )


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV], ids=["ours", "alembic's"])
def test_a_folder_of_other_people(history: Project, env: str) -> None:
    history.history(TASKS, env=env)
    (history.root / "alembic.ini").write_text(
        "[alembic]\nscript_location = migrations\nsqlalchemy.url = driver://user:pass@localhost/x\n"
    )
    assert names(history.open().side("migrations"), "table") == ["public.tasks"]


def test_an_async_env(history: Project) -> None:
    if importlib.util.find_spec("greenlet") is None:
        pytest.skip("greenlet is not installed, which SQLAlchemy's asyncio needs")
    env = """
        import asyncio, os
        from alembic import context
        from sqlalchemy.ext.asyncio import create_async_engine

        def migrate(connection):
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()

        async def main():
            engine = create_async_engine(os.environ["DATABASE_URL"])
            async with engine.connect() as connection:
                await connection.run_sync(migrate)
            await engine.dispose()

        asyncio.run(main())
    """
    history.history(TASKS)
    history.write({"migrations/env.py": env})
    assert names(history.open().side("migrations"), "table") == ["public.tasks"]


def test_bytes_as_names_in_the_environment(history: Project) -> None:
    """`os.get_exec_path` asks for `b"PATH"`, and so does whoever starts a program."""
    env = "import os\nos.get_exec_path()\n" + OUR_ENV
    history.history(TASKS, env=env)
    assert names(history.open().side("migrations"), "table") == ["public.tasks"]


HARD_CODED = """
    import os
    from alembic import context
    from sqlalchemy import create_engine
    os.environ["DATABASE_URL"] = {url!r}  # as load_dotenv(override=True) does
    with create_engine({url!r}).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


def test_an_env_that_names_the_real_database_does_not_reach_it(history: Project) -> None:
    history.history(TASKS)
    history.write({"migrations/env.py": HARD_CODED.format(url=history.url)})
    assert names(history.open().side("migrations"), "table") == ["public.tasks"]
    assert history.tables() == []


def test_variables_that_name_databases_name_scratch(history: Project) -> None:
    up = """
        import os, psycopg
        here = op.get_bind().connection.driver_connection.info.dbname
        for name in ("DATABASE_URL", "DATABASE_URL_UNPOOLED", "OTHER_DB"):
            url = os.environ[name].replace("+asyncpg", "").replace("+psycopg", "")
            with psycopg.connect(url) as other:
                assert other.info.dbname == here, (name, url)
        with psycopg.connect() as other:
            assert other.info.dbname == here
        assert os.environ["OTHER_DB"].startswith("postgresql+asyncpg://")
        op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))
    """
    history.history(("a", None, up))
    real = {
        "DATABASE_URL": history.url,
        "OTHER_DB": "postgresql+asyncpg://me@example.invalid/db",
        "PGHOST": "nowhere",
    }
    history.environ = {**history.environ, **real}
    assert names(history.open().side("migrations"), "table") == ["public.tasks"]


def test_what_the_code_prints_and_changes_stays_with_it(
    history: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    up = """
        import logging, sys
        print("hello from the revision")
        logging.disable()
        op.create_table("tasks", sa.Column("id", sa.Integer()))
    """
    history.history(("a", None, up))
    history.open().side("migrations")
    assert capfd.readouterr() == ("", "")


# ---- tables of other people --------------------------------------------------------------------------

WITH_USER = (
    "a",
    None,
    """op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True),
                       sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False))""",
)


def test_a_stand_in_where_the_history_needs_one(history: Project) -> None:
    history.settings(spec="schema.yaml")
    history.write({"schema.yaml": SPEC})
    history.history(WITH_USER)
    found = history.open().side("migrations")
    assert found.external == {USERS}
    assert not found.states_externals
    assert names(found, "foreign key") == ["public.tasks.tasks_user_id_fkey"]


def test_no_stand_in_where_the_history_makes_the_table_itself(history: Project) -> None:
    history.settings(spec="schema.yaml")
    history.write({"schema.yaml": SPEC})
    users = (
        "u",
        None,
        'op.create_table("users", sa.Column("id", sa.Text(), primary_key=True), sa.Column("x", sa.Text()))',
    )
    history.history(users, ("a", "u", WITH_USER[2]))
    found = history.open().side("migrations")
    assert found.external == frozenset()
    assert "public.users.x" in names(found, "column")


def test_a_kept_result_ends_with_the_spec_that_its_stand_in_came_from(history: Project) -> None:
    history.settings(spec="schema.yaml")
    history.write({"schema.yaml": SPEC})
    history.history(WITH_USER)
    assert USERS in history.open().side("migrations").objects
    history.write({"schema.yaml": SPEC.replace("type: text, primary_key", "type: varchar(9), primary_key")})
    users_id = history.open().side("migrations").objects[Key("column", "public.users.id")]
    assert getattr(users_id, "type") == "character varying(9)"  # noqa: B009


def test_without_a_spec_the_way_out_is_said(history: Project) -> None:
    history.history(WITH_USER)
    with pytest.raises(RevisionFailedError) as error:
        history.open().side("migrations")
    assert 'relation "users" does not exist' in error.value.what
    assert "say so in the spec" in (error.value.hint or "")


# ---- what is wrong ------------------------------------------------------------------------------------


def test_a_failing_revision_names_line_statement_and_reason(history: Project) -> None:
    history.history(
        TASKS, ("b", "a", 'op.execute("select 1")\nop.execute("alter table tasks add column id int")')
    )
    with pytest.raises(RevisionFailedError) as error:
        history.open().side("migrations")
    assert error.value.where == "migrations/versions/2_b.py:12"
    assert 'column "id" of relation "tasks" already exists' in error.value.what
    assert "alter table tasks add column id int" in (error.value.hint or "")
    assert error.value.exit_code == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [("raise SystemExit(3)", "SystemExit: 3"), ("1 / 0", "ZeroDivisionError"), ("import nowhere", "nowhere")],
)
def test_failing_code(history: Project, body: str, said: str) -> None:
    history.history(("a", None, body))
    with pytest.raises(RevisionFailedError) as error:
        history.open().side("migrations")
    assert said in error.value.what
    assert error.value.where == "migrations/versions/1_a.py:11"


def test_code_that_ends_the_process(history: Project) -> None:
    history.history(("a", None, "import os, sys\nprint('last words')\nsys.stdout.flush()\nos._exit(7)"))
    with pytest.raises(Exception, match=r"status 7\): last words"):
        history.open().side("migrations")


def test_an_env_for_another_kind_of_database(history: Project) -> None:
    engine = 'engine_from_config({"sqlalchemy.url": "sqlite://"}'
    env = ALEMBICS_ENV.replace("engine_from_config(config.get_section(config.config_ini_section, {})", engine)
    history.history(TASKS, env=env)
    with pytest.raises(Exception, match="sqlite, not to PostgreSQL"):
        history.open().side("migrations")


def test_two_heads(history: Project) -> None:
    history.history(TASKS, TITLE, ("c", "a", "pass"))
    with pytest.raises(HistoryError, match="2 heads"):
        history.open().side("migrations")
    assert names(history.open().side("migrations@b,c"), "column") == ["public.tasks.id", "public.tasks.title"]


def test_no_folder(history: Project) -> None:
    with pytest.raises(UsageError, match="no migrations"):
        history.open().side("migrations")


# ---- what is kept --------------------------------------------------------------------------------------


def test_a_kept_result_needs_no_scratch(history: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    history.history(TASKS)
    first = history.open().side("migrations")
    monkeypatch.setattr(Scratch, "database", lambda *_: pytest.fail("scratch was asked for a database"))
    assert history.open().side("migrations").objects == first.objects


@pytest.mark.parametrize("what", ["revision", "env", "helper", "data", "new revision"])
def test_a_kept_result_ends_with_what_it_was_made_from(history: Project, what: str) -> None:
    up = """
        from helper import NAME
        from pathlib import Path
        op.create_table("tasks", sa.Column("id", sa.Integer()))
        op.add_column("tasks", sa.Column(NAME, sa.Text()))
        op.execute(Path(__file__).with_name("data.sql").read_text())
    """
    history.history(("a", None, up))
    data = "migrations/versions/data.sql"
    history.write({"helper.py": "NAME = 'old'\n", data: "comment on table tasks is 'old'"})
    before = history.open().side("migrations")
    if what == "new revision":
        (history.versions / "2.py").write_text(
            'revision = "b"\ndown_revision = "a"\ndef upgrade():\n    print()\n'
        )
        changed = history.open().side("migrations@b")
        assert changed.objects == before.objects
        return
    changes = {
        "revision": (
            "migrations/versions/1_a.py",
            (history.versions / "1_a.py").read_text().replace("Integer", "Text"),
        ),
        "env": ("migrations/env.py", OUR_ENV.replace("run(context)", "run(context, version_table='other')")),
        "helper": ("helper.py", "NAME = 'new'\n"),
        "data": (data, "comment on table tasks is 'new'"),
    }
    path, text = changes[what]
    (history.root / path).write_text(text)
    assert history.open().side("migrations").objects != before.objects or what == "env"
    if what == "env":
        assert "other" not in names(history.open().side("migrations"), "table")
