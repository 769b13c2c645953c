"""migrate new writes a proven revision, says when there is nothing to do, and refuses what is not clear."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest

from tests.support.histories import Project
from todo_db.errors import Exit, UsageError
from todo_db.postgres.scratch import Scratch
from todo_db.revisions import chain, sums
from todo_db.revisions import new as writing
from todo_db.revisions.proof import NotProvenError
from todo_db.revisions.target import target
from todo_db.settings import load
from todo_db.sources import history
from todo_db.sources.workspace import Workspace
from todo_db.workflows.diff import diff
from todo_db.workflows.judge import STATE_SEQUENCE
from todo_db.workflows.migrate_new import new

MODELS = """
    from datetime import datetime
    from enum import Enum
    from sqlmodel import Field, SQLModel

    class User(SQLModel, table=True):
        __tablename__ = "users"
        __table_args__ = {"info": {"external": True}}
        id: str = Field(primary_key=True)

    class State(str, Enum):
        open = "open"
        done = "done"

    class Task(SQLModel, table=True):
        __tablename__ = "tasks"
        id: int | None = Field(default=None, primary_key=True)
        user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
        title: str = Field(max_length=200)
        state: State = State.open
        created_at: datetime
"""
SPEC = """
    tables:
      users:
        managed_by: better-auth
        columns: [{name: id, type: text, primary_key: true}]
      tasks:
        columns:
          - {name: id, type: integer, primary_key: true, autoincrement: true}
          - {name: title, type: varchar(200), nullable: false}
"""
TASK = """
    from sqlmodel import Field, SQLModel

    class Task(SQLModel, table=True):
        __tablename__ = "tasks"
        id: int | None = Field(default=None, primary_key=True)
        title: str = Field(max_length=200)
"""

NUMBERED = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("a", sa.BigInteger, server_default=sa.text("nextval('nr')")))
"""

MORE = SPEC.replace(
    "          - {name: title",
    "          - {name: note, type: text}\n          - {name: title",
)


@pytest.fixture
def modelled(project: Project) -> Project:
    """A project with models alone."""
    project.settings(models="models")
    project.write({"models.py": MODELS})
    return project


@pytest.fixture
def specified(project: Project) -> Project:
    """A project with a spec alone, which is read much faster than models."""
    project.settings(spec="schema.yaml")
    project.write({"schema.yaml": SPEC})
    return project


def files(project: Project) -> list[Path]:
    return sorted(project.versions.glob("*.py"))


def everything(project: Project) -> set[str]:
    return {str(p.relative_to(project.root)) for p in project.root.rglob("*") if "__pycache__" not in p.parts}


def test_the_first_revision(modelled: Project) -> None:
    outcome = new(modelled.open(), "First tables")
    (path,) = files(modelled)
    source = path.read_text()
    assert path.name.endswith("_first_tables.py")
    assert path.name[:14].isdigit()
    assert "op.execute" not in source
    assert 'sa.ForeignKeyConstraint(\n            ["user_id"], ["users.id"]' in source
    assert '"users"' not in source
    assert outcome.text.splitlines()[0] == f"wrote migrations/versions/{path.name}"
    assert outcome.report.extra["revision"] in source
    assert (modelled.root / "migrations" / "env.py").is_file()
    assert "versions.sum" in " ".join(everything(modelled))


def test_then_there_is_nothing_to_do(specified: Project) -> None:
    new(specified.open(), "First")
    before = everything(specified)
    outcome = new(specified.open(), "Second")
    assert outcome.text == "nothing to do: the migrations build what the spec states"
    assert outcome.report.exit_code() is Exit.CLEAN
    assert everything(specified) == before


def test_the_next_revision_follows_the_first(specified: Project) -> None:
    """Also: names are unique within a second, and sort as the history does."""
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    new(specified.open(), "Same", now=lambda: moment)
    specified.write({"schema.yaml": MORE})
    new(specified.open(), "Same", now=lambda: moment)
    first, second = files(specified)
    assert [p.name for p in (first, second)] == ["20260102030405_same.py", "20260102030406_same.py"]
    assert 'op.add_column("tasks", sa.Column("note", sa.Text(), nullable=True))' in second.read_text()
    assert 'op.drop_column("tasks", "note")' in second.read_text()
    assert "the downgrade throws away what is in column tasks.note" in second.read_text()
    body = ast.parse(second.read_text()).body
    values = {n.target.id: n.value.value for n in body if isinstance(n, ast.AnnAssign)}  # type: ignore[union-attr]
    assert f'revision: str = "{values["down_revision"]}"' in first.read_text()


def test_data_is_not_thrown_away_unasked(specified: Project) -> None:
    specified.write({"schema.yaml": MORE})
    new(specified.open(), "First")
    specified.write({"schema.yaml": SPEC})
    outcome = new(specified.open(), "Less")
    assert [(f.code, f.object) for f in outcome.report.findings] == [("TD504", "public.tasks.note")]
    assert outcome.report.exit_code() is Exit.FINDINGS
    assert len(files(specified)) == 1
    made = new(specified.open(), "Less", allow=["data-loss"], reason="nobody\nreads it").report.extra
    source = (specified.root / made["path"]).read_text()
    assert "# todo-db: allow TD552 nobody reads it\n" in source
    assert "throws away what is in column tasks.note" in files(specified)[1].read_text()


def test_a_narrower_type_is_a_loss(specified: Project) -> None:
    new(specified.open(), "First")
    specified.write({"schema.yaml": SPEC.replace("200", "50")})
    outcome = new(specified.open(), "Shorter")
    assert [(f.code, f.object) for f in outcome.report.findings] == [("TD504", "public.tasks.title")]
    new(specified.open(), "Shorter", allow=["data-loss"], reason="titles are short")
    source = " ".join(" ".join(p.read_text() for p in files(specified)).split())
    assert "would be lost or fail; it is meant: titles are short" in source
    specified.write({"schema.yaml": SPEC.replace("200", "250")})
    assert new(specified.open(), "Longer").report.exit_code() is Exit.CLEAN


def test_what_a_column_may_have_become_is_asked(specified: Project) -> None:
    specified.write({"schema.yaml": MORE})
    new(specified.open(), "First")
    specified.write({"schema.yaml": MORE.replace("name: note", "name: remark")})
    (finding,) = new(specified.open(), "Remarks").report.findings
    assert (finding.code, finding.object) == ("TD504", "public.tasks.note")
    assert "--rename tasks.note:remark" in (finding.hint or "")
    new(specified.open(), "Remarks", rename={"tasks.note": "remark"})
    source = files(specified)[1].read_text()
    assert "ALTER TABLE public.tasks RENAME COLUMN note TO remark" in source
    assert "ALTER TABLE public.tasks RENAME COLUMN remark TO note" in source
    assert len(files(specified)) == 2
    with pytest.raises(UsageError, match="which the migrations do not build"):
        new(specified.open(), "Again", rename={"tasks.note": "remark"})


def test_the_spec_says_what_was_renamed(specified: Project) -> None:
    new(specified.open(), "First")
    renamed = SPEC.replace("tasks:", "todos:\n        renamed_from: tasks").replace(
        "{name: title,", "{name: heading, renamed_from: title,"
    )
    specified.write({"schema.yaml": renamed})
    outcome = new(specified.open(), "Todos")
    assert outcome.report.findings == ()
    source = "".join(p.read_text() for p in files(specified)[1:])
    assert source.index("RENAME COLUMN title TO heading") < source.index(
        "ALTER TABLE public.tasks RENAME TO todos"
    )
    assert "drop_" not in source
    assert new(specified.open(), "Again").text.startswith("nothing to do")


def test_rows_need_a_value(specified: Project) -> None:
    new(specified.open(), "First")
    specified.write({"schema.yaml": MORE.replace("type: text}", "type: text, nullable: false}")})
    (finding,) = new(specified.open(), "Notes").report.findings
    assert (finding.code, finding.object) == ("TD511", "public.tasks.note")
    outcome = new(specified.open(), "Notes", backfill={"tasks.note": "upper(title)"})
    fill = next(p for p in files(specified) if "fill" in p.name).read_text()
    assert 'backfill(op, "tasks", {"note": "upper(title)"}, where="note IS NULL")' in fill
    assert "from todo_db.backfill import backfill" in fill
    assert "rows in 2 table(s)" in outcome.text or "rows in 1 table(s)" in outcome.text
    with pytest.raises(UsageError, match="which models and spec do not have"):
        new(specified.open(), "Again", backfill={"tasks.nothing": "1"})


def test_disagreeing_sides_are_refused(project: Project) -> None:
    project.settings(models="models", spec="schema.yaml")
    project.write({"models.py": TASK.replace("200", "255"), "schema.yaml": SPEC})
    outcome = new(project.open(), "First")
    assert [(f.code, f.object) for f in outcome.report.findings] == [("TD203", "public.tasks.title")]
    assert any("check-spec" in n for n in outcome.report.notes)
    assert not project.versions.exists()


def test_agreeing_sides_and_what_only_the_spec_states(project: Project) -> None:
    project.settings(models="models", spec="schema.yaml")
    project.write({"models.py": TASK, "schema.yaml": SPEC + "    extensions: [citext]\n"})
    new(project.open(), "First")
    source = files(project)[0].read_text()
    assert "CREATE EXTENSION IF NOT EXISTS citext" in source
    assert 'op.create_table(\n        "tasks"' in source
    assert new(project.open(), "Again").text.startswith("nothing to do")


def test_a_sequence_that_only_a_default_names(project: Project) -> None:
    project.settings(models="m:metadata")
    project.write({"m.py": NUMBERED})
    outcome = new(project.open(), "First")
    assert [f.hint for f in outcome.report.findings] == [STATE_SEQUENCE.format("nr")]
    assert files(project) == []
    project.history(("aaa", None, "op.execute('CREATE SEQUENCE nr')", "op.execute('DROP SEQUENCE nr')"))
    assert new(project.open(), "Table").report.findings == ()
    assert "SEQUENCE" not in files(project)[-1].read_text()  # neither made again nor dropped
    (finding,) = diff(project.open(), "models", "migrations").findings
    assert (finding.object, finding.rule) == ("public.nr", "sequence-extra")


def test_without_spec_and_models(project: Project) -> None:
    with pytest.raises(UsageError, match="neither a spec nor models"):
        new(project.open(), "First")


def test_without_a_message(specified: Project) -> None:
    with pytest.raises(UsageError, match="message"):
        new(specified.open(), "  ")


def test_an_unproven_revision_leaves_nothing_behind(
    specified: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: what does not lead to the target is never written, whatever the reason."""
    render = chain.render
    monkeypatch.setattr(chain, "render", lambda *a: render(*a)[:-1])
    before = everything(specified)
    with pytest.raises(NotProvenError, match=r"the upgrade .* does not lead"):
        new(specified.open(), "First")
    assert everything(specified) == before


def test_a_downgrade_that_does_not_lead_back_is_no_proof(
    modelled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = chain.document.write
    monkeypatch.setattr(
        chain.document,
        "write",
        lambda d: write(d).replace("    state.drop(op.get_bind(), checkfirst=False)\n", ""),
    )
    with pytest.raises(NotProvenError, match=r"downgrade .* enum public\.state"):
        new(modelled.open(), "First")


def test_a_new_label_and_its_use_in_one_revision(modelled: Project) -> None:
    new(modelled.open(), "First")
    changed = MODELS.replace('done = "done"', 'done = "done"\n        late = "late"').replace(
        "state: State = State.open",
        'state: State = Field(default=State.late, sa_column_kwargs={"server_default": "late"})',
    )
    modelled.write({"models.py": changed})
    new(modelled.open(), "Late", simple=True)
    source = files(modelled)[1].read_text()
    assert "autocommit_block" in source
    assert "ADD VALUE IF NOT EXISTS 'late'" in source


def test_a_new_label_has_a_revision_of_its_own(modelled: Project) -> None:
    new(modelled.open(), "First")
    changed = MODELS.replace('done = "done"', 'done = "done"\n        late = "late"').replace(
        "state: State = State.open",
        'state: State = Field(default=State.late, sa_column_kwargs={"server_default": "late"})',
    )
    modelled.write({"models.py": changed})
    outcome = new(modelled.open(), "Late")
    labels, used = (p.read_text() for p in files(modelled)[1:])
    assert "ADD VALUE 'late'" in labels
    assert "autocommit_block" not in labels
    assert "server_default" in used
    assert [r["message"] for r in outcome.report.extra["revisions"]] == [
        "Late: new labels of state (1/2)",
        "Late (2/2)",
    ]


def test_a_failing_history_is_said(specified: Project) -> None:
    specified.history(("a", None, "op.execute('select nothing')"))
    with pytest.raises(Exception, match="revision a fails") as error:
        new(specified.open(), "Next")
    assert "1_a.py" in str(getattr(error.value, "where", ""))


def test_this_projects_own_history_is_complete(server: Scratch) -> None:
    """The migrations that are shipped build what the spec and the models that are shipped state."""
    with Workspace(load(Path(__file__).parents[2])) as ws:
        ws.__dict__["scratch"] = server
        ws.expect("models")
        wanted = target(ws.side("spec"), ws.side("models"))
        planned = writing.find_changes(ws.side("migrations"), wanted)
    assert [c.object.key for c in planned.plan.changes] == []
    assert sums.edited(history.read(ws.settings), history.read(ws.settings).revisions.values()) == []
