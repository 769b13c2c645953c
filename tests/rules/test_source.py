"""Reading models from source: names through imports, base classes, factories, annotations, and odd code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from todo_db.rules import check_models
from todo_db.rules.classes import Models, read_models
from todo_db.rules.expressions import read_annotation
from todo_db.rules.source import Module, Project
from todo_db.settings import Settings


def models(root: Path, *named: str, **files: str) -> Models:
    """Models in files; `a__b` is a/b.py, and a trailing `__` a package's __init__.py."""
    for name, text in files.items():
        parts = name.split("__")
        path = root.joinpath(*parts[:-1], (parts[-1] or "__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_models(Settings(root=root, models=named or ("app",)))


TASK = """
from sqlmodel import Field, SQLModel
class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
"""


@pytest.mark.parametrize(
    ("package", "used"),
    [
        ("from .task import Task", "from app import Task"),
        ("from app.task import *", "from app import Task"),
        ("from . import task", "from app.task import Task as Task"),
        ("import app.task", "import app\nTask = app.task.Task"),
        ("", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.task import Task"),
    ],
)
def test_a_relationship_is_followed_through_imports(tmp_path: Path, package: str, used: str) -> None:
    note = f"""
from sqlmodel import Field, Relationship, SQLModel
{used}
class Note(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    task: "Task" = Relationship()
"""
    read = models(tmp_path, "app", "note", app__=package, app__task=TASK, note=note)
    (cls,) = [c for c in read.tables if c.name == "Note"]
    target = read.target(cls.relationships["task"])
    assert target is not None
    assert target.module.name == "app.task"


def test_modules_are_found_under_src_and_circular_imports_end(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("import loop\nfrom loop import Nothing" + TASK)
    (tmp_path / "src" / "loop.py").write_text("import app\nfrom app import Nothing")
    read = read_models(Settings(root=tmp_path, models=("app:SQLModel.metadata",)))
    assert [c.name for c in read.tables] == ["Task"]
    assert read.tables[0].place.path == "src/app.py"
    assert read.project.follow("loop.Nothing").endswith(".Nothing")


def test_fields_come_from_bases_and_mixins_of_other_modules(tmp_path: Path) -> None:
    base = """
import sqlmodel as sm
class Keyed(sm.SQLModel):
    id: int | None = sm.Field(default=None, primary_key=True)
class Owned(sm.SQLModel):
    user_id: str = sm.Field(foreign_key="users.id", ondelete="CASCADE")
"""
    task = """
from .base import Keyed, Owned as Mine
class Task(Keyed, Mine, table=True):
    __tablename__ = "tasks"
    __table_args__ = ({"schema": "work"},)
    title: str
"""
    (cls,) = models(tmp_path, app__="from .task import Task", app__base=base, app__task=task).tables
    assert list(cls.fields) == ["title", "id", "user_id"]
    assert cls.is_sqlmodel
    assert cls.is_whole
    assert cls.fields["id"].is_primary
    assert (cls.fields["user_id"].foreign_key, cls.fields["user_id"].on_delete) == ("users.id", "cascade")
    assert cls.object("title") == "work.tasks.title"
    assert cls.fields["user_id"].place.path == "app/base.py"


def test_a_base_that_is_not_the_projects_makes_a_class_incomplete(tmp_path: Path) -> None:
    text = "from sqlmodel import SQLModel\nfrom far import Base\nclass Task(Base, table=True): pass"
    (cls,) = models(tmp_path, app=text).tables
    assert not cls.is_whole


def test_a_function_that_makes_a_field_is_looked_into(tmp_path: Path) -> None:
    kit = """
from sqlalchemy import text
from sqlmodel import Field
def stamp():
    return inner()
def inner():
    return Field(nullable=False, sa_column_kwargs={"server_default": text("now()")})
def computed(x):
    if x:
        return 1
"""
    task = TASK + "    at: str = stamp()\n    other: str = computed(2)\n    far: str = unknown()\n"
    (cls,) = models(tmp_path, app="from kit import computed, stamp\n" + task, kit=kit).tables
    assert cls.fields["at"].has_server_value
    assert cls.fields["at"].nullable is False
    assert cls.fields["other"].is_opaque
    assert cls.fields["far"].is_opaque


@pytest.mark.parametrize(
    ("annotation", "target", "optional", "collection"),
    [
        ("str", "str", False, False),
        ("Optional[str]", "str", True, False),
        ("str | None", "str", True, False),
        ("None | str", "str", True, False),
        ("'str | None'", "str", True, False),
        ("Union[str, int, None]", "", True, False),
        ("Union[str, int]", "", False, False),
        ("list['Task']", "Task", False, True),
        ("List[str]", "str", False, True),
        ("Optional[list[str]]", "str", True, True),
        ("Annotated[str | None, 3]", "str", True, False),
        ("Mapped[Optional[str]]", "str", True, False),
        ("Any", "typing.Any", None, False),
        ("Maybe", "str", True, False),
        ("dict[str, int]", "dict", False, False),
        ("not a type", "", None, False),
        ("'not a type'", "", None, False),
        ("f()", "", None, False),
    ],
)
def test_annotations(
    tmp_path: Path, annotation: str, target: str, optional: bool | None, collection: bool
) -> None:
    head = "from typing import Any, Annotated, List, Optional, Union\n"
    head += "from sqlalchemy.orm import Mapped\nMaybe = Optional[str]\n"
    (tmp_path / "m.py").write_text(head)
    project = Project(tmp_path)
    module = project.module("m")
    assert module is not None
    try:
        node: ast.expr | None = ast.parse(annotation, mode="eval").body
    except SyntaxError:
        node = None
    read = read_annotation(project, module, node)
    assert (read.target, read.optional, read.collection) == (target, optional, collection)


@pytest.mark.parametrize(
    "text",
    [
        "class Task(",
        "\x00",
        "",
        "Task = Task",
        "A = B\nB = A\nclass T(A, table=True):\n    x: A = Field(default=B())",
        "class T(T, table=True):\n    t: 'T' = Relationship(back_populates='t')",
        "class T(*bases, table=True, **kw):\n    x: (lambda: 1) = Field(**options)\n    (y): int = 1",
        "from ... import x\nfrom .....y import *\nclass T(x, table=True):\n    __tablename__ = name()",
        "def f():\n    return f()\nclass T(SQLModel, table=True):\n    x: int = f()\n    __table_args__ = f",
        "class T(SQLModel, table=True):\n    x: 'list[' = Relationship(back_populates=1, link_model=2)",
        "class T(SQLModel, table=True):\n    x: int = Field(foreign_key='', sa_column=Column(*a, **k))",
        "class T(SQLModel, table=True):\n    id: " + "list[" * 60 + "int" + "]" * 60,
    ],
)
def test_odd_code_is_read_without_harm(tmp_path: Path, text: str) -> None:
    head = "from sqlmodel import Field, Relationship, SQLModel\nfrom sqlalchemy import Column\n"
    (tmp_path / "app.py").write_text(text if "\x00" in text or text.endswith("(") else head + text)
    assert isinstance(check_models(Settings(root=tmp_path, models=("app",))), list)


def test_a_file_that_is_not_there_any_more_is_empty(tmp_path: Path) -> None:
    assert Module("gone", tmp_path / "gone.py").classes == {}
