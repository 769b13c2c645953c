"""The written models import, map, store rows, and are what ruff and mypy want; what a person wrote stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.modelcode.conftest import Project
from todo_db.errors import Exit, UsageError
from todo_db.findings import Report
from todo_db.report import Document
from todo_db.sources.workspace import Workspace
from todo_db.workflows.models import target, write

RICH = Path(__file__).with_name("rich.yaml").read_text(encoding="utf-8").removeprefix("version: 1\n")
SMALL = """
    tables:
      notes:
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: body, type: text, nullable: false}
"""
MORE = SMALL + "          - {name: done, type: boolean, nullable: false}\n"
LESS = SMALL.replace("notes", "memos")


def written(ws: Workspace, **options: object) -> Report | Document:
    """What comes of writing the models where the settings want them."""
    return write(ws, target(ws, None, None), **options)  # type: ignore[arg-type]


def run(root: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("layout", ["package", "file"])
def test_everything_a_spec_can_say_becomes_code_that_tools_accept(project: Project, layout: str) -> None:
    ws = project(RICH)
    where = target(ws, Path(ws.settings.root / ("models.py" if layout == "file" else "models")), None)
    outcome = write(ws, where, schemas=True)  # holds the models to the spec by itself

    assert isinstance(outcome, Document), outcome.findings
    assert outcome.exit_code == Exit.CLEAN
    run(ws.settings.root, "-m", "ruff", "format", "--check", "--line-length=100", str(where.path))
    run(ws.settings.root, "-m", "ruff", "check", "--select=E,F,I,UP,B", "--line-length=100", str(where.path))
    if layout == "package":  # the same classes; twice would cost ten seconds more
        run(ws.settings.root, "-m", "mypy", "--strict", "--cache-dir=/dev/null", str(where.path))


HIDING = """
    enums:
      kind: ['a b', class, '', mro, '3rd']
    tables:
      registry:
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: datetime, type: timestamptz, nullable: false, server_default: now()}
          - {name: Field, type: kind, nullable: false}
          - {name: Any, type: point, nullable: true}
          - {name: UTC, type: jsonb, nullable: true}
          - {name: metadata, type: text, nullable: true}
          - {name: model_config, type: text, nullable: true}
          - {name: class, type: uuid, nullable: true}
          - {name: 2nd name, type: text, nullable: true}
"""


@pytest.mark.parametrize("layout", ["package", "file"])
def test_columns_that_are_called_as_what_the_code_needs(project: Project, layout: str) -> None:
    ws = project(HIDING)
    where = target(ws, Path(ws.settings.root / ("models.py" if layout == "file" else "models")), None)
    outcome = write(ws, where, schemas=True)
    assert isinstance(outcome, Document), outcome.findings
    run(ws.settings.root, "-m", "ruff", "check", "--select=E,F,I,UP,B", "--line-length=100", str(where.path))


USE = """
    import os
    from models import *
    from sqlalchemy import create_engine
    from sqlmodel import Session, SQLModel, select
    import models

    engine = create_engine(os.environ["URL"].replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for name in ("audit",):
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        connection.exec_driver_sql("CREATE EXTENSION btree_gist")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        ann, bob = User(id="ann"), User(id="bob")
        ann.followeds.append(bob)
        session.add_all([ann, bob])
        session.flush()
        task = Task(user=ann, assignee=bob, title="a", odd_name=3, metadata_={"k": 1}, tags=[Tag(name="t")])
        task.detail = TaskDetail(body="b")
        session.add(task)
        session.add(Team(name="x", parent=Team(name="y")))
        session.commit()
        session.expire_all()
        print(task.status.value, task.labels, task.price, task.shown, task.created_on is not None)
        print(task.metadata_, task.odd_name, [t.name for t in task.tags], task.detail.body)
        print([t.title for t in bob.tasks_as_assignee], [f.id for f in bob.followers])
        print(task.extra, task.steps, task.theme, task.mood.value, task.moods)
        print(task.delta, task.seen, task.number)
        nothing = select(Task.id).where(Task.metadata_.is_(None))
        other = Task(user=bob, title="c", created_by_user=ann)
        session.add(other)
        session.commit()
        print(session.exec(nothing).all() == [other.id], [t.title for t in ann.tasks_created_by])
        session.delete(other)
        first = task.updated_at
        task.title = "b"
        session.commit()
        print(task.updated_at > first, session.exec(select(Team).where(Team.name == "x")).one().parent.name)
        session.delete(ann)
        session.commit()
        print(session.exec(select(Task)).all(), session.exec(select(TaskDetail)).all())
"""


def test_the_classes_work(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = project(RICH)
    write(ws, target(ws, ws.settings.root / "models", None))
    connection = ws.scratch.database("used")
    monkeypatch.setenv("URL", ws.scratch.url(connection))
    connection.execute("SET lock_timeout = '10s'")

    assert run(ws.settings.root, "-c", dedent(USE)).splitlines() == [
        "pending [] 0.00 A True",
        "{'k': 1} 3 ['t'] b",
        "['a'] ['ann']",
        "{} [] {'dark': True} done []",
        "-5 False 1",
        "True ['c']",
        "True y",
        "[] []",
    ]


def test_owners_and_others_tables_are_told_to_the_metadata(project: Project) -> None:
    ws = project(RICH)
    write(ws, target(ws, ws.settings.root / "models", None))
    folder = ws.settings.root / "models"

    assert '{"info": {"owner": "user_id"}}' in (folder / "task.py").read_text()
    assert '{"info": {"owner_through": "task_id"}}' in (folder / "task_detail.py").read_text()
    assert '{"info": {"shared": True}}' in (folder / "tag.py").read_text()
    assert '{"info": {"external": True}}' in (folder / "user.py").read_text()


def test_a_spec_with_open_questions_gives_these_and_nothing_is_written(project: Project) -> None:
    ws = project(
        "tables: {notes: {columns: [{name: id, type: integer, primary_key: true}, {name: body, type: text}]}}"
    )
    outcome = written(ws)

    assert isinstance(outcome, Report)
    assert [f.code for f in outcome.findings] == ["TD130"]
    assert not (ws.settings.root / "app").exists()


def test_what_is_as_it_should_be_is_not_written_again(project: Project) -> None:
    ws = project(SMALL)
    written(ws)
    file = ws.settings.root / "app" / "models" / "note.py"
    before = file.stat().st_mtime_ns
    again = written(project("# the spec's lines have moved\n" + dedent(SMALL)))

    assert isinstance(again, Document)
    assert (again.exit_code, again.text) == (Exit.CLEAN, "")
    assert file.stat().st_mtime_ns == before


def test_an_older_file_of_ours_is_written_anew_and_check_says_so_first(project: Project) -> None:
    written(project(SMALL))
    ws = project(MORE)
    checked = written(ws, mode="check")
    shown = written(ws, mode="diff")
    file = ws.settings.root / "app" / "models" / "note.py"

    assert isinstance(checked, Report)
    assert [(f.code, f.object) for f in checked.findings] == [("TD431", "app/models/note.py")]
    assert isinstance(shown, Document)
    assert "+    done: bool" in shown.text
    assert shown.exit_code == Exit.FINDINGS
    assert "done" not in file.read_text()
    written(ws)
    assert "done: bool" in file.read_text()
    assert written(ws, mode="check").findings == ()  # type: ignore[union-attr]


def test_what_a_person_changed_is_left_alone_and_shown_as_a_patch(project: Project) -> None:
    written(project(SMALL))
    ws = project(MORE)
    file = ws.settings.root / "app" / "models" / "note.py"
    file.write_text(file.read_text() + "\n    # mine\n")
    outcome = written(ws)

    assert isinstance(outcome, Document)
    assert outcome.exit_code == Exit.FINDINGS
    assert "-    # mine" in outcome.text
    assert "+    done: bool" in outcome.text
    assert "# mine" in file.read_text()
    assert "done" not in file.read_text()
    checked = written(ws, mode="check")
    assert isinstance(checked, Report)
    assert [(f.code, f.severity) for f in checked.findings] == [("TD432", "info")]


def test_a_formatter_is_no_person(project: Project) -> None:
    written(project(SMALL))
    ws = project(MORE)
    file = ws.settings.root / "app" / "models" / "note.py"
    file.write_text(
        file.read_text()
        .replace('"', "'")
        .replace(
            "= Field(default=None, primary_key=True)",
            "= Field(\n        default=None,\n        primary_key=True,\n    )",
        )
    )
    written(ws)

    assert "done: bool" in file.read_text()


def test_the_module_of_a_table_that_is_gone_is_named(project: Project) -> None:
    written(project(SMALL))
    outcome = written(project(LESS))

    assert isinstance(outcome, Document)
    assert outcome.exit_code == Exit.FINDINGS
    assert "app/models/note.py is of a table that the spec no longer has: delete it" in outcome.notes


def test_without_a_place_for_them_the_models_are_not_written(project: Project) -> None:
    ws = project(SMALL)
    (ws.settings.root / "pyproject.toml").write_text('[tool.todo-db]\nspec = "schema.yaml"\n')
    from todo_db.settings import load

    with pytest.raises(UsageError, match="where do the models go"):
        target(Workspace(load(ws.settings.root)), None, None)
