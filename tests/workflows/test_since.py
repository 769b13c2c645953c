"""--since: what was found before is left out, what is new or was changed since is shown."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.histories import Project
from tests.workflows.test_drift import FIRST, LIVE, MODELS, SPEC, found
from todo_db.errors import UsageError
from todo_db.findings import Report
from todo_db.sources.past import commit_of
from todo_db.workflows.drift import drift
from todo_db.workflows.since import since as since_

OLD = ("public.tasks.title", "column-type", "model-differs")
NOTES = ("public.notes", "table-extra", "changed-in-live")


def git(root: Path, *arguments: str, date: str = "2026-01-01T12:00:00Z") -> str:
    who = {f"GIT_{a}_{b}": "t@example.org" for a in ("AUTHOR", "COMMITTER") for b in ("NAME", "EMAIL")}
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    command = ["git", "-c", "init.defaultBranch=main", "-C", str(root), *arguments]
    return subprocess.run(command, env={**who, **dates}, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def legacy(project: Project) -> Project:
    """A project in git whose models left the spec long ago, and which had no settings of ours then."""
    project.write({"schema/schema.yaml": SPEC, "app.py": MODELS.replace("max_length=200", "max_length=255")})
    project.history(FIRST)
    (project.root / "pyproject.toml").unlink()
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "legacy")
    git(project.root, "tag", "old")
    project.settings(spec="schema/schema.yaml", models="app")
    project.live.execute(LIVE.encode())
    return project


def new(project: Project, since: str) -> tuple[list[tuple[str, str, str | None]], Report]:
    report = drift(project.open(), since=since)
    return found(report), report


def test_what_files_said_then_is_left_out(legacy: Project) -> None:
    assert found(drift(legacy.open())) == [OLD]
    shown, report = new(legacy, "old")
    assert shown == []
    assert report.extra["since"]["left_out"] == 1
    assert report.extra["since"]["commit"] == git(legacy.root, "rev-parse", "HEAD").strip()
    assert any("1 finding is left out, known since commit" in n for n in report.notes)
    assert git(legacy.root, "status", "--porcelain").split() == ["??", "pyproject.toml"]

    legacy.live.execute(b"create table notes (id int)")  # live then is not known: it may be new
    assert new(legacy, "old")[0] == [NOTES]
    legacy.write({"app.py": MODELS.replace("max_length=200", "max_length=300")})
    assert new(legacy, "old")[0] == [NOTES, OLD]  # another difference than the one of then


def test_what_a_name_stands_for(legacy: Project) -> None:
    ws, head = legacy.open(), git(legacy.root, "rev-parse", "HEAD").strip()
    for name in ("old", "HEAD", head[:9], "aaa", "2026-01-02", "2026-01-01T12:00:01+00:00"):
        commit = commit_of(ws, name)
        assert commit is not None
        assert (commit.id, commit.date) == (head, "2026-01-01"), name
    assert commit_of(ws, "2026-01-01") is None  # there was no commit yet
    for name in ("nowhere", "--all"):
        with pytest.raises(UsageError, match="neither a revision"):
            commit_of(ws, name)
    with pytest.raises(UsageError, match="cannot be read"):
        since_(ws, "none.json")


def test_an_earlier_report_knows_live_as_well(legacy: Project, tmp_path: Path) -> None:
    legacy.live.execute(b"create table notes (id int)")
    file = tmp_path / "drift.json"
    file.write_text(json.dumps(drift(legacy.open()).as_dict(1)), encoding="utf-8")
    assert new(legacy, str(file))[0] == []
    legacy.live.execute(b"create table more (id int)")
    assert new(legacy, str(file))[0] == [("public.more", "table-extra", "changed-in-live")]


def test_a_side_that_could_not_be_read_then_makes_its_findings_new(legacy: Project) -> None:
    text = (legacy.root / "app.py").read_text(encoding="utf-8")
    legacy.write({"app.py": "this is no Python"})
    git(legacy.root, "commit", "-qam", "broken")
    legacy.write({"app.py": text})
    shown, report = new(legacy, "HEAD")
    assert shown == [OLD]
    assert any("what concerns the models counts as new" in note for note in report.notes)


def test_without_git_the_hint_names_the_other_way(project: Project) -> None:
    with pytest.raises(UsageError) as caught:
        commit_of(project.open(), "2026-01-01")
    assert "--since drift.json" in (caught.value.hint or "")
