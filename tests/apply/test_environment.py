"""env.py as it is shipped: plain Alembic works with it, on the same database and under the same lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.histories import Project
from todo_db.apply import lock
from todo_db.revisions import environment

ROOT = Path(__file__).parents[2]
TASKS = (
    "a",
    None,
    'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.drop_table("tasks")',
)
MODELS = """
    from sqlmodel import Field, SQLModel

    class User(SQLModel, table=True):
        __tablename__ = "users"
        __table_args__ = {"info": {"external": True}}
        id: str = Field(primary_key=True)

    class Task(SQLModel, table=True):
        __tablename__ = "tasks"
        id: int | None = Field(default=None, primary_key=True)
"""


def alembic(project: Project, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    text = '[tool.todo-db]\nmodels = "models"\n[tool.alembic]\nscript_location = "%(here)s/migrations"\n'
    project.write({"pyproject.toml": text, "models.py": MODELS})
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": project.url, **environ}
    command = [sys.executable, "-m", "alembic", *arguments]
    return subprocess.run(
        command, cwd=project.root, env=variables, capture_output=True, text=True, check=False
    )


def test_what_is_shipped_is_what_new_projects_get() -> None:
    for name, template in (("env.py", "env.py.txt"), ("script.py.mako", "script.py.mako")):
        assert (ROOT / "migrations" / name).read_text() == (environment.TEMPLATES / template).read_text()


def test_upgrade_check_and_downgrade(project: Project) -> None:
    project.history(TASKS)
    assert alembic(project, "upgrade", "head").returncode == 0
    assert (project.stamp, project.tables()) == (["a"], ["alembic_version", "tasks"])
    checked = alembic(project, "check")
    assert "No new upgrade operations" in checked.stdout, checked.stderr
    current = alembic(project, "current")
    assert "a (head)" in current.stdout
    assert alembic(project, "downgrade", "base").returncode == 0
    assert project.tables() == ["alembic_version"]


def test_offline(project: Project) -> None:
    project.history(TASKS)
    done = alembic(project, "upgrade", "head", "--sql")
    assert "CREATE TABLE tasks" in done.stdout
    assert project.tables() == []


def test_a_new_revision_by_alembic_runs(project: Project) -> None:
    project.history(TASKS)
    (project.root / "migrations" / "script.py.mako").write_text(
        (environment.TEMPLATES / "script.py.mako").read_text()
    )
    assert alembic(project, "upgrade", "head").returncode == 0
    done = alembic(project, "revision", "-m", "more", "--autogenerate")
    assert done.returncode == 0, done.stderr
    assert alembic(project, "upgrade", "head").returncode == 0
    assert project.stamp != ["a"]


def test_it_waits_for_the_lock(project: Project) -> None:
    project.history(TASKS)
    (project.root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    with psycopg.connect(project.server.conninfo(project.live)) as other, lock.held(other, lambda _: None):
        process = subprocess.Popen(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": project.url},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
        finally:
            tables = project.tables()
    assert "another run is migrating this database" in line
    assert tables == []
    process.communicate(timeout=30)
    assert project.stamp == ["a"]


@pytest.mark.parametrize(("limit", "value"), [("lock_timeout", "218ms"), ("statement_timeout", "7s")])
def test_time_limits_are_those_of_the_settings(project: Project, limit: str, value: str) -> None:
    """The first attempt at a lock is a short one."""
    project.history(
        ("a", None, f"assert op.get_bind().exec_driver_sql('show {limit}').scalar() == '{value}'")
    )
    text = '[tool.todo-db]\nlock-timeout = "7s"\nstatement-timeout = "7s"\n'
    (project.root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": project.url}
    project.write({"pyproject.toml": text})
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=project.root,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
