"""migrate --targets with a schema for each customer: each has its own tables, stamp, ledger and lock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Project
from tests.workflows.test_fleet import run
from todo_db.sources.workspace import Workspace

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


def one(project: Project, schema: str) -> Workspace:
    from todo_db.settings import load

    made = Workspace(
        load(project.root).of_tenant(schema),
        url=project.url,
        environ=project.environ,
        say=project.said.append,
        scratch=project.server,
    )
    return project.stack.enter_context(made)


def stamps(project: Project, *names: str) -> list[Any]:
    return [project.rows(f'select version_num from "{n}".alembic_version')[0][0] for n in names]


@pytest.mark.parametrize("env", [OUR_ENV, ALEMBICS_ENV, RECIPE_ENV])
def test_each_schema_has_its_own_tables_stamp_and_ledger(project: Project, env: str) -> None:
    project.history(NOTES, BODY, INDEX, env=env)
    names = ("customer_a", "Customer B", "c")
    schemas(project, *names)
    code, told, said = run(project, "--jobs", "2")

    assert (code, told["targets"]["applied"]) == (0, 3), said
    assert stamps(project, *names) == ["c3"] * 3
    assert [project.rows(f'select count(*) from "{n}".todo_db_ledger') for n in names] == [[(3,)]] * 3
    assert project.tables() == []
    query = "select typnamespace::regnamespace::text from pg_type where typname = 'state' order by 1"
    found = project.rows(query)
    assert found == [('"Customer B"',), ("c",), ("customer_a",)]
    assert run(project)[1]["targets"]["nothing to do"] == 3
