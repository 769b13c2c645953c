"""drift: four sides that agree are clean, and each way of falling apart names the side that did."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.histories import Project
from todo_db.errors import Exit, UsageError
from todo_db.findings import Report
from todo_db.workflows.diff import diff
from todo_db.workflows.drift import drift
from todo_db.workflows.judge import STATE_SEQUENCE
from todo_db.workflows.migrate import migrate

SPEC = """
    tables:
      users:
        managed_by: better-auth
        columns: [{name: id, type: text, primary_key: true}]
      tasks:
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: user_id, type: text, nullable: false,
             references: {table: users, column: id, on_delete: cascade}, index: true}
          - {name: title, type: varchar(200), nullable: false, server_default: null}
"""
MODELS = """
    from sqlalchemy import Text
    from sqlmodel import Field, SQLModel

    class User(SQLModel, table=True):
        __tablename__ = "users"
        __table_args__ = {"info": {"external": True}}
        id: str = Field(primary_key=True, sa_type=Text)

    class Task(SQLModel, table=True):
        __tablename__ = "tasks"
        id: int | None = Field(default=None, primary_key=True)
        user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True, sa_type=Text)
        title: str = Field(max_length=200)
"""
FIRST = (
    "aaa",
    None,
    """
    op.create_table("tasks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False))
    op.create_index("ix_tasks_user_id", "tasks", ["user_id"])
    """,
    'op.drop_table("tasks")',
)
SECOND = ("bbb", "aaa", 'op.alter_column("tasks", "title", type_=sa.String(300))')
LIVE = """
    create table users (id text primary key, email text, image text);
    create table session (id text primary key, "userId" text);
    create table tasks (id serial primary key, user_id text not null references users on delete cascade,
                        title varchar(200) not null);
    create index ix_tasks_user_id on tasks (user_id);
    create table alembic_version (version_num varchar(32) primary key);
    insert into alembic_version values ('aaa');
"""


@pytest.fixture
def agreed(project: Project) -> Project:
    """A project whose four sides agree."""
    project.write({"schema/schema.yaml": SPEC, "app.py": MODELS})
    project.settings(spec="schema/schema.yaml", models="app")
    project.history(FIRST)
    project.live.execute(LIVE.encode())
    return project


def found(report: Report) -> list[tuple[str, str, str | None]]:
    return [(f.object, f.rule, f.verdict) for f in report.findings]


def test_sides_that_agree_are_clean(agreed: Project) -> None:
    report = drift(agreed.open())
    assert found(report) == []
    assert report.exit_code() is Exit.CLEAN
    assert report.extra["sides"] == ["spec", "models", "migrations", "live"]
    assert (report.extra["stamp"], report.extra["head"]) == ("aaa", "aaa")


def test_a_sequence_that_the_models_only_draw_from(project: Project) -> None:
    default = "server_default=sa.text(\"nextval('nr')\")"
    column = f'sa.Column("number", sa.BigInteger, {default})'
    table = f'sa.Table("t", sa.MetaData(), {column})'
    project.write({"app.py": f"import sqlalchemy as sa\nmetadata = {table}.metadata\n"})
    project.settings(models="app:metadata")
    create = f'op.execute("CREATE SEQUENCE nr"); op.create_table("t", {column})'
    project.history(("aaa", None, create, 'op.drop_table("t"); op.execute("DROP SEQUENCE nr")'))
    migrate(project.open())
    (finding,) = drift(project.open()).findings
    assert (finding.object, finding.verdict) == ("public.nr", "model-differs")
    assert finding.hint is not None
    assert STATE_SEQUENCE.format("nr") in finding.hint
    assert [w.goal for w in finding.ways] == ["as migrations and live have it"]


@pytest.mark.parametrize(
    ("by_hand", "expected"),
    [
        (
            "alter table tasks alter title type varchar(255)",
            [("public.tasks.title", "column-type", "changed-in-live")],
        ),
        (
            "drop index ix_tasks_user_id",
            [("public.tasks.ix_tasks_user_id", "index-missing", "changed-in-live")],
        ),
        ("create table notes (id int)", [("public.notes", "table-extra", "changed-in-live")]),
        ("drop table users cascade", [("public.users", "table-missing", "external-missing")]),
        ("alter table users add bio text", []),
        ("drop table session", []),
    ],
)
def test_what_was_done_by_hand_is_named(agreed: Project, by_hand: str, expected: list[str]) -> None:
    agreed.live.execute(by_hand.encode())
    report = drift(agreed.open())
    assert [f for f in found(report) if "fkey" not in f[0]] == expected


def test_a_revision_that_is_not_applied_yet_is_pending(agreed: Project) -> None:
    agreed.write({"schema/schema.yaml": SPEC.replace("varchar(200)", "varchar(300)")})
    agreed.write({"app.py": MODELS.replace("max_length=200", "max_length=300")})
    agreed.history(FIRST, SECOND)
    report = drift(agreed.open())
    assert found(report) == [("public.tasks.title", "column-type", "pending")]
    assert "todo-db migrate" in (report.findings[0].hint or "")


def test_a_change_of_the_models_without_a_revision(agreed: Project) -> None:
    agreed.write({"schema/schema.yaml": SPEC.replace("varchar(200)", "varchar(300)")})
    agreed.write({"app.py": MODELS.replace("max_length=200", "max_length=300")})
    assert found(drift(agreed.open())) == [("public.tasks.title", "column-type", "migration-missing")]


def test_models_that_left_the_spec(agreed: Project) -> None:
    agreed.write({"app.py": MODELS.replace("max_length=200", "max_length=300")})
    report = drift(agreed.open())
    assert found(report) == [("public.tasks.title", "column-type", "model-differs")]
    places = {p.side: p.path for p in report.findings[0].places}
    assert places["spec"] == "schema/schema.yaml"
    assert places["models"] == "app.py"
    assert places["migrations"].startswith("migrations/versions/")


def test_the_matrix_marks_the_odd_one_out(agreed: Project) -> None:
    agreed.live.execute(b"alter table tasks alter title type varchar(255)")
    rows = {row["object"]: row for row in drift(agreed.open()).extra["matrix"]}
    marks = rows["public.tasks"]["sides"]
    assert marks == {"spec": "same", "models": "same", "migrations": "same", "live": "differs"}
    assert rows["public.users"]["external"]


def test_an_accepted_difference_is_counted_and_not_shown(agreed: Project) -> None:
    agreed.live.execute(b"create table notes (id int)")
    with (agreed.root / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write('[[tool.todo-db.ignore]]\nobject = "public.notes"\nreason = "made for a trial"\n')
        settings.write("until = 2999-12-31\n")
    report = drift(agreed.open())
    assert found(report) == []
    assert "1 ignored: made for a trial" in report.notes


def test_what_was_accepted_until_a_date_comes_back(agreed: Project) -> None:
    agreed.live.execute(b"create table notes (id int)")
    with (agreed.root / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write('[[tool.todo-db.ignore]]\nobject = "public.notes"\nreason = "a trial"\n')
        settings.write("until = 2026-01-31\n")
    ended = "the ignore entry for * public.notes ended on 2026-01-31"
    for report in (drift(agreed.open()), diff(agreed.open(), "migrations", "live")):
        assert "public.notes" in {f.object for f in report.findings}
        assert ended in report.notes
    command = [sys.executable, "-m", "todo_db", "drift", "--url", agreed.url, "--project", str(agreed.root)]
    environ = {**os.environ, **agreed.environ}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 1
    assert "table public.notes" in done.stdout
    assert ended in done.stdout


def test_live_alone_is_not_clean(project: Project) -> None:
    with pytest.raises(UsageError, match="nothing to hold live against"):
        drift(project.open())


def test_sides_that_are_missing_are_named(agreed: Project) -> None:
    agreed.settings(spec="schema/schema.yaml")
    report = drift(agreed.open())
    assert report.extra["sides"] == ["spec", "migrations", "live"]
    assert any("models were left out" in note for note in report.notes)
