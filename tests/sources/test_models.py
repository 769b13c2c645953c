"""The models' side: what any metadata states, where it states it, and what happens when it can't be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sources.conftest import Project
from todo_db.compare import compare
from todo_db.errors import Exit, UndeterminedError, UsageError
from todo_db.plan import plan
from todo_db.postgres.catalog import read
from todo_db.schema import NAME, Key, Schema
from todo_db.sources.imported.process import Import
from todo_db.sources.workspace import Workspace

PLAIN = """
    import sqlalchemy as sa
    metadata = sa.MetaData()
"""


def at(schema: Schema, kind: str, name: str, fact: str = "") -> str | None:
    place = schema.place(Key(kind, name), fact)
    return str(place) if place else None


def line(ws: Workspace, text: str, path: str = "models.py") -> str:
    lines = (ws.settings.root / path).read_text().splitlines()
    return f"{path}:{next(n for n, found in enumerate(lines, 1) if text in found)}"


# ---- what is stated ------------------------------------------------------------------------------------


def test_sqlmodel_classes_with_mixins_places_and_python_defaults(project: Project) -> None:
    ws = project(
        {
            "app/__init__.py": "",
            "app/mixins.py": """
                from datetime import datetime, timezone
                from sqlmodel import Field, SQLModel

                def now() -> datetime:
                    return datetime.now(timezone.utc)

                class Stamped(SQLModel):
                    created_at: datetime = Field(default_factory=now)
            """,
            "models.py": """
                from enum import Enum
                import sqlalchemy as sa
                from sqlmodel import Field, SQLModel
                from app.mixins import Stamped

                class Colour(str, Enum):
                    RED = "red"

                class Task(Stamped, table=True):
                    __tablename__ = "tasks"
                    __table_args__ = (
                        sa.UniqueConstraint("title", "colour"),
                        sa.CheckConstraint("length(title) > 1"),
                        sa.CheckConstraint("id > 0"),
                        sa.Index("ix_both", "title", "colour"),
                        {"comment": "what there is to do"},
                    )
                    id: int | None = Field(default=None, primary_key=True)
                    title: str = Field(max_length=9, index=True, default="x")
                    colour: Colour = Colour.RED
                    note: str = Field(default="", sa_column=sa.Column(
                        "remark", sa.Text, nullable=False, onupdate="changed"))
                    parent_id: int | None = Field(default=None, foreign_key="tasks.id")
            """,
        },
        models="models",
    )
    side = ws.side("models")
    assert {k.kind for k in side.objects} == {
        "table", "column", "primary key", "unique", "check", "index", "foreign key", "enum", "sequence",
    }  # fmt: skip
    assert at(side, "table", "public.tasks") == line(ws, "class Task")
    assert at(side, "column", "public.tasks.created_at") == line(ws, "created_at", "app/mixins.py")
    assert at(side, "column", "public.tasks.remark") == line(ws, "note: str")
    assert at(side, "enum", "public.colour") == line(ws, "class Colour")
    assert at(side, "unique", "public.tasks.tasks_title_colour_key") == line(ws, "UniqueConstraint")
    assert at(side, "check", "public.tasks.tasks_title_check") == line(ws, "length(title)")
    assert at(side, "check", "public.tasks.tasks_id_check") == line(ws, "id > 0")
    assert at(side, "index", "public.tasks.ix_tasks_title") == line(ws, "title: str")
    assert at(side, "index", "public.tasks.ix_both") == line(ws, "ix_both")
    assert at(side, "foreign key", "public.tasks.tasks_parent_id_fkey") == line(ws, "parent_id")
    notes = {(k.name, fact): text for (k, fact), text in side.notes.items()}
    assert notes == {
        ("public.tasks.created_at", "default"): "Python sets it: default_factory=app.mixins.now",
        ("public.tasks.title", "default"): "Python sets it: default='x'",
        ("public.tasks.colour", "default"): "Python sets it: default=<Colour.RED: 'red'>",
        ("public.tasks.remark", "default"): "Python sets it: default=''",
        ("public.tasks.remark", "onupdate"): "Python sets it: onupdate='changed'",
    }
    unnamed = {k.name for k, fact in side.accepts if fact == NAME}
    assert unnamed == {
        "public.tasks.tasks_pkey",
        "public.tasks.tasks_title_colour_key",
        "public.tasks.tasks_title_check",
        "public.tasks.tasks_id_check",
        "public.tasks.tasks_parent_id_fkey",
    }
    assert side.unknown == ()
    assert not compare([side, side.with_side("again")])


def test_any_metadata_in_several_modules_and_attributes(project: Project) -> None:
    ws = project(
        {
            "models.py": PLAIN
            + """
    sa.Table("a", metadata, sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
             sa.Column("b_id", sa.ForeignKey("b.id")))
    sa.Table(
        "b", metadata,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("a_id", sa.ForeignKey("a.id", name="b_to_a", use_alter=True)),
        schema=None,
    )
    sa.Sequence("numbers", start=7, metadata=metadata)

    class Base(sa.orm.DeclarativeBase):
        pass

    class C(Base):
        __tablename__ = "c"
        __table_args__ = {"schema": "other"}
        id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)
        kind: sa.orm.Mapped[str] = sa.orm.mapped_column(sa.Enum("x", "y", name="kind", create_type=False))

    def everything():
        return [metadata, Base.metadata]
""".replace("sa.orm.", "orm.").replace("    sa.Table", "    from sqlalchemy import orm\n    sa.Table", 1)
        },
        models="models:everything",
    )
    side = ws.side("models")
    assert {k.name for k in side.objects if k.kind == "table"} == {"public.a", "public.b", "other.c"}
    assert Key("sequence", "public.numbers") in side.objects
    assert Key("enum", "other.kind") in side.objects
    assert Key("schema", "other") in side.objects
    assert at(side, "column", "public.b.a_id") == line(ws, '"a_id"')
    assert at(side, "column", "other.c.kind") == line(ws, "kind: orm")
    assert side.unknown == ()


def test_a_table_of_somebody_else_is_external_and_relied_on_as_stated(project: Project) -> None:
    ws = project(
        {
            "models.py": PLAIN
            + """
    sa.Table("user", metadata, sa.Column("id", sa.Integer, primary_key=True), info={"external": True})
    sa.Table("tasks", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("user_id", sa.ForeignKey("user.id")))
"""
        },
        models="models",
    )
    side = ws.side("models")
    assert side.external == {Key("table", "public.user")}
    assert not any(k.name.startswith("public.user_id_seq") for k in side.objects)
    assert Key("sequence", "public.tasks_id_seq") in side.objects


def test_a_reference_to_a_table_that_only_the_spec_has(project: Project) -> None:
    models = (
        PLAIN
        + """
    sa.Table("tasks", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("user_id", sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE")))
"""
    )
    spec = "## users\n\nManaged by Better Auth.\n\n- id: text, primary key\n"
    ws = project({"models.py": models, "schema.md": spec}, models="models", spec="schema.md")
    side = ws.side("models")
    assert Key("foreign key", "public.tasks.tasks_user_id_fkey") in side.objects
    assert Key("table", "public.users") not in side.objects
    assert side.unknown == ()


def test_a_reference_to_nowhere_is_unknown_not_guessed(project: Project) -> None:
    models = (
        PLAIN
        + """
    sa.Table("tasks", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("user_id", sa.Text, sa.ForeignKey("users.id")))
"""
    )
    ws = project({"models.py": models, "schema.md": "# Nothing\n"}, models="models", spec="schema.md")
    (unknown,) = ws.side("models").unknown
    assert (unknown.object, "users" in unknown.reason) == ("tasks.user_id", True)
    assert unknown.hint


def test_types_that_scratch_lacks_do_not_hide_the_rest(project: Project) -> None:
    models = (
        PLAIN
        + """
    class Point(sa.types.UserDefinedType):
        cache_ok = True
        def get_col_spec(self, **kw):
            return "geo_point"

    class Shape(sa.types.UserDefinedType):
        cache_ok = True
        def get_col_spec(self, **kw):
            return "geometry(Point,4326)"

    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", Point),
             sa.Column("shape", Shape),
             sa.Column("name", sa.Text, sa.CheckConstraint("name NOT LIKE '%s%%'")))
"""
    )
    side = project({"models.py": models}, models="models").side("models")
    types = {k.name: getattr(o, "type", None) for k, o in side.objects.items() if k.kind == "column"}
    assert types["public.t.at"] == "public.geo_point"
    assert types["public.t.name"] == "text"
    assert not any(k.kind == "domain" for k in side.objects)
    assert [u.object for u in side.unknown] == ["t.shape"]
    assert "postgis" in (side.unknown[0].hint or "")
    (check,) = (o for k, o in side.objects.items() if k.kind == "check")
    assert "'%s%%'" in str(getattr(check, "expression", ""))


def test_a_module_of_the_package_that_nobody_imports_is_noted(project: Project) -> None:
    table = "from sqlmodel import *\nclass {}(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n"
    files = {"app/__init__.py": "from app.one import One", "app/one.py": table.format("One")}
    ws = project({**files, "app/two.py": table.format("Two")}, models="app")
    assert list(ws.side("models").notes.values()) == ["Two in app/two.py is not imported by the models"]


# ---- what the user's modules do while they are imported ------------------------------------------------


def test_creating_tables_at_import_touches_no_database(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    models = (
        PLAIN
        + """
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
    metadata.create_all(sa.create_engine("postgresql://nobody@192.0.2.1/nothing"))
    print("done so")
"""
    )
    ws = project({"models.py": models}, models="models")
    assert Key("table", "public.t") in ws.side("models").objects
    captured = capsys.readouterr()
    assert "done so" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("source", "message", "where"),
    [
        ("import sqlalchemy\n\nwhat\n", "NameError: name 'what' is not defined", "models.py:3"),
        ("class A(:\n", "SyntaxError", "models.py:1"),
        ("import not_installed_anywhere\n", "No module named 'not_installed_anywhere'", "models.py:1"),
        ("from app.deep import x\n", "ZeroDivisionError", "app/deep.py:2"),
        ("import sys\nsys.exit('bye')\n", "ended the program (bye)", "models.py:2"),
        ("import os\nos._exit(7)\n", "status 7", None),
        ("x = 1\n", "models defines no table", "models"),
        (
            "import sqlalchemy as sa\nm = sa.MetaData()\nsa.Table('t', m, sa.Column('a', sa.Text))\n"
            "sa.Table('t', m, sa.Column('b', sa.Text))\n",
            "'t' is already defined",
            "models.py:4",
        ),
        (
            "import sqlalchemy as sa\nm = sa.MetaData()\nsa.Table('t', m, sa.Column('a', sa.Text))\n"
            "sa.Table('u', m, sa.Column('t_id', sa.ForeignKey('t.nope')))\n",
            "u.t_id references t.nope, a column that the table does not have",
            "models.py:4",
        ),
        (
            "import sqlalchemy as sa\nsa.Table('t', sa.MetaData(), sa.Column('a'))\n"
            "m = sa.MetaData()\nsa.Table('t', m, sa.Column('a', sa.types.NullType()))\n",
            "the models cannot be turned into DDL: CompileError",
            "models",
        ),
        (
            "import sqlalchemy as sa\nsa.create_engine('postgresql://nobody@192.0.2.1/x').connect()\n",
            "open a database connection while they are imported",
            "models.py:2",
        ),
    ],
)  # fmt: skip
def test_models_that_cannot_be_used_are_explained(
    project: Project, source: str, message: str, where: str | None
) -> None:
    files = {"models.py": source, "app/__init__.py": "", "app/deep.py": "y = 0\nx = 1 / y\n"}
    ws = project(files, models="models")
    with pytest.raises(UsageError) as caught:
        ws.side("models")
    assert message in caught.value.what
    assert caught.value.exit_code == Exit.USAGE
    assert where is None or caught.value.where == where


@pytest.mark.parametrize(
    ("models", "message"),
    [("models:no", "has no 'no'"), ("models:x", "is no MetaData"), ("gone", "No module named 'gone'")],
)  # fmt: skip
def test_a_wrong_setting_is_explained(project: Project, models: str, message: str) -> None:
    ws = project({"models.py": "x = 1\n"}, models=models)
    with pytest.raises(UsageError, match=message):
        ws.side("models")


def test_two_metadatas_with_one_table_name_are_refused(project: Project) -> None:
    two = "import sqlalchemy as sa\nm, n = sa.MetaData(), sa.MetaData()\n" + "".join(
        f"sa.Table('t', {name}, sa.Column('a', sa.Text))\n" for name in "mn"
    )
    with pytest.raises(UsageError, match="two tables are called t") as caught:
        project({"models.py": two}, models="models").side("models")
    assert caught.value.where == "models.py:3"


def test_what_models_print_and_raise_shows_no_password(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        "import os\nprint('at', os.environ['DATABASE_URL'])\nraise ValueError(os.environ['DATABASE_URL'])\n"
    )
    url = "postgresql://u:hunter2hunter2@h/d"
    ws = project({"models.py": source}, models="models", environ={"DATABASE_URL": url})
    with pytest.raises(UsageError) as caught:
        ws.side("models")
    printed = capsys.readouterr()
    assert "at postgresql://u:***@h/d" in printed.err
    assert "hunter2" not in f"{caught.value.what} {printed.err} {printed.out}"


def test_no_models_in_the_settings(project: Project) -> None:
    with pytest.raises(UsageError, match="names none"):
        project().side("models")


def test_an_import_that_hangs_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("import time\ntime.sleep(600)\n")
    with (
        Import(tmp_path, ["models"], os.environ) as process,
        pytest.raises(UndeterminedError, match="longer than"),
    ):
        process.result(timeout=1.0)
    assert process._process.returncode is not None


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_import_dies_with_a_killed_command(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("import time\ntime.sleep(600)\n")
    script = (
        "import os, time, pathlib\nfrom todo_db.sources.imported.process import Import\n"
        f"i = Import(pathlib.Path({str(tmp_path)!r}), ['models'], os.environ)\n"
        "print(i._process.pid, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        child = int(command.stdout.readline())
        time.sleep(1.0)  # the child is within its models by now, or about to watch its parent
        command.send_signal(signal.SIGKILL)
        command.wait()
    deadline = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < deadline, "the import outlives its command"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_default_that_cannot_be_built_does_not_hide_its_column(project: Project) -> None:
    models = (
        PLAIN
        + """
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("n", sa.Integer, server_default=sa.text("nothing_here()"), nullable=False))
"""
    )
    side = project({"models.py": models}, models="models").side("models")
    key = Key("column", "public.t.n")
    assert side.accepts[key, "default"] is None
    assert not getattr(side.objects[key], "nullable", True)
    (unknown,) = side.unknown
    assert (unknown.object, "nothing_here" in unknown.reason) == ("t.n", True)


def test_ddl_of_event_listeners_is_part_of_the_models(project: Project) -> None:
    models = (
        PLAIN
        + """
    t = sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.event.listen(t, "after_create", sa.DDL("CREATE VIEW v AS SELECT id FROM t WHERE id %% 2 = 0"))
"""
    )
    side = project({"models.py": models}, models="models").side("models")
    assert Key("view", "public.v") in side.objects
    assert side.unknown == ()


def test_what_is_expected_is_imported_once_while_other_work_is_done(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from todo_db.sources import models as reader

    starts = []
    real = reader._start
    monkeypatch.setattr(reader, "_start", lambda ws: starts.append(ws) or real(ws))
    ws = project(
        {"models.py": PLAIN + "    sa.Table('t', metadata, sa.Column('a', sa.Text))\n"}, models="models"
    )
    ws.expect("models")
    ws.expect("models")
    assert Key("table", "public.t") in ws.side("models").objects
    assert len(starts) == 1


def test_an_import_that_nobody_waits_for_ends_with_the_workspace(project: Project) -> None:
    ws = project({"models.py": "import time\ntime.sleep(600)\n"}, models="models")
    with ws:
        ws.expect("models")
        process = ws.begun["models"]._process
        assert process.poll() is None
    assert process.returncode is not None


def test_a_sequence_that_they_rely_on_and_do_not_state(project: Project) -> None:
    source = """
        import sqlalchemy as sa
        metadata = sa.MetaData()
        sa.Table("t", metadata, sa.Column("a", sa.BigInteger, server_default=sa.text("nextval('nr')")))
    """
    ws = project({"models.py": source}, models="models:metadata")
    side = ws.side("models")
    assert side.unknown == ()
    assert side.of("sequence") == []
    database = ws.scratch.database("live")
    database.execute("CREATE SEQUENCE nr START 7; CREATE TABLE t (a bigint DEFAULT nextval('nr'))")
    live = read(database)
    assert [d.key.name for d in compare([side, live])] == ["public.nr"]
    assert plan(live, side).changes == ()  # what they rely on is not dropped
    database.execute("CREATE SEQUENCE another")
    assert [c.object.key.name for c in plan(read(database), side).changes] == ["public.another"]
