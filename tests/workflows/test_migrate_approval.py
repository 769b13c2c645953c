"""A plan is applied as it was approved, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.histories import Project
from tests.workflows.test_migrate import A, B, start
from todo_db.cli.app import app
from todo_db.errors import ApplyError, Exit, UsageError
from todo_db.workflows import migrate_approval as approval
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_plan import plan

C = ("c", "b", 'op.create_index("by_title", "tasks", ["title"])')


@pytest.fixture
def file(project: Project) -> Path:
    """A plan for b and c, made where a is applied."""
    project.history(A, B, C)
    migrate(project.open(), to="a", prove=False)
    return save(project)


def save(project: Project) -> Path:
    path = project.root / "plan.json"
    report = plan(project.open()).report
    path.write_text(json.dumps({"command": "migrate", **report.extra}))
    return path


def test_it_is_applied(project: Project, file: Path) -> None:
    outcome = migrate(project.open(), plan=file)
    assert [s["revision"] for s in outcome.report.extra["applied"]] == ["b", "c"]
    assert migrate(project.open(), plan=file).text.startswith("nothing to do")


def test_it_goes_no_further_than_was_planned(project: Project, file: Path) -> None:
    project.history(A, B, C, ("d", "c", "pass"))
    migrate(project.open(), plan=file)
    assert project.stamp == ["c"]


def test_a_plan_that_was_cut_off_goes_on(project: Project, file: Path) -> None:
    migrate(project.open(), to="b", prove=False)
    migrate(project.open(), plan=file)
    assert project.stamp == ["c"]


def edit(project: Project) -> None:
    path = project.versions / "3_c.py"
    path.write_text(path.read_text().replace("by_title", "by_name"))


def insert(project: Project) -> None:
    for path in project.versions.glob("*.py"):
        path.unlink()
    project.history(A, ("x", "a", "pass"), ("b", "x", B[2]), C)


CHANGES: dict[str, tuple[Callable[[Project], object], str]] = {
    "a revision": (edit, "c was edited since"),
    "a revision between": (
        insert,
        "now the database is at a and x, b, c is pending",
    ),
    "the schema": (
        lambda p: p.live.execute("alter table tasks alter id type bigint"),
        "the database's schema was changed since",
    ),
    "the stamp": (
        lambda p: p.live.execute("delete from alembic_version"),
        "it leads from a over b, c; now the database is at base and a, b, c is pending",
    ),
    "a setting": (
        lambda p: p.settings(lock_timeout="9s"),
        "lock_timeout was '2s' and is '9s'",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_refused_where_something_changed(project: Project, file: Path, name: str) -> None:
    change, said = CHANGES[name]
    change(project)
    before = project.rows("select * from alembic_version")
    with pytest.raises(ApplyError) as error:
        migrate(project.open(), plan=file)
    assert said in error.value.what
    assert error.value.what.endswith("; nothing was changed")
    assert project.rows("select * from alembic_version") == before


def test_a_plan_for_another_database(project: Project, file: Path) -> None:
    document = json.loads(file.read_text())
    document["state"]["database"] = "elsewhere:5432/app"
    document["state"]["seal"] = approval.seal(document["state"], document["plan"])
    file.write_text(json.dumps(document))
    with pytest.raises(ApplyError, match="it is for elsewhere:5432/app, and this is"):
        migrate(project.open(), plan=file)


@pytest.mark.parametrize(
    ("key", "value"), [("allow_drift", ["*"]), ("sql", "drop table tasks"), ("target", "b")]
)
def test_one_that_was_edited(project: Project, file: Path, key: str, value: object) -> None:
    """Also where only what it shows was changed."""
    document = json.loads(file.read_text())
    place = document["plan"][0]["statements"][0] if key == "sql" else document["state"]
    assert place[key] != value
    place[key] = value
    file.write_text(json.dumps(document))
    with pytest.raises(ApplyError, match="the plan was changed by hand"):
        migrate(project.open(), plan=file)
    assert project.stamp == ["a"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"state": 1, "plan": 2}', '{"state": {}, "plan": []}'])
def test_what_is_no_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="no plan"):
        approval.read(path)
    with pytest.raises(UsageError, match="cannot be read"):
        approval.read(tmp_path / "none.json")


def test_drift_is_in_the_plan_and_may_be_approved_with_it(project: Project, file: Path) -> None:
    project.live.execute("alter table tasks add by_hand int")
    outcome = plan(project.open())
    assert [f.object for f in outcome.report.findings] == ["public.tasks.by_hand"]
    assert "drift, for which it would stop: column public.tasks.by_hand" in outcome.text
    assert outcome.report.exit_code() is Exit.FINDINGS
    report = plan(project.open(), allow_drift=["tasks.by_hand"]).report
    assert report.findings == ()
    file.write_text(json.dumps(report.extra))
    migrate(project.open(), plan=file)
    assert project.stamp == ["c"]


def test_the_command_line(project: Project, file: Path) -> None:
    file.unlink()
    out, err = start(project, "--dry-run", "--save-plan", "plan.json").communicate(timeout=120)
    assert "2 revision(s) would be applied; nothing was changed" in out
    assert "the plan was written to plan.json" in err
    process = start(project, "--plan", "plan.json")
    _, err = process.communicate(timeout=120)
    assert (process.returncode, project.stamp) == (0, ["c"]), err


@pytest.mark.parametrize(
    "options", [["--save-plan", "x"], ["--plan", "x", "--to", "a"], ["--plan", "x", "--dry-run"]]
)
def test_options_that_do_not_go_together(project: Project, options: list[str]) -> None:
    from typer.testing import CliRunner

    done = CliRunner().invoke(app, ["migrate", *options, "--project", str(project.root)])
    assert done.exit_code == 2
