"""check-queries finds what the cases mark, at the line they mark, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from todo_db.errors import UsageError
from todo_db.findings import Report
from todo_db.queries.checks import CHECKS
from todo_db.queries.rule import WAIVER
from todo_db.settings import Settings
from todo_db.sources.workspace import Workspace
from todo_db.workflows.check_queries import check

CASES = Path(__file__).parents[1] / "cases" / "queries"
EXAMPLE = Path(__file__).parents[1] / "example"


def run(root: Path, *paths: Path) -> Report:
    with Workspace(Settings(root=root)) as ws:
        return check(ws, paths)


def marked(path: Path) -> set[tuple[int, str]]:
    """Lines and codes of `# expect: TD851 TD859@-1`."""
    found = set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := re.search(r"# expect: (.*)", line):
            for word in match[1].split():
                code, _, offset = word.partition("@")
                found.add((number + int(offset or 0), code))
    return found


def test_bad_code() -> None:
    report = run(CASES, CASES / "bad.py", CASES / "models.py")
    found = {(f.places[0].line, f.code) for f in report.findings}
    assert found == marked(CASES / "bad.py")
    assert all(f.hint for f in report.findings)


def test_good_code() -> None:
    report = run(CASES, CASES / "good.py", CASES / "models.py")
    assert [(str(f.places[0]), f.code) for f in report.findings] == []
    assert "2 accepted by waivers in the code" in report.notes
    assert not report.unknown


def test_revisions_are_left_to_lint(tmp_path: Path) -> None:
    body = "from alembic import op\ndef upgrade():\n    op.get_bind().execute('DELETE FROM ' + name)\n"
    (tmp_path / "a.py").write_text("revision: str = 'a'\ndown_revision = None\n" + body)
    assert run(tmp_path, tmp_path).findings == ()
    assert any("migrate lint" in note for note in run(tmp_path, tmp_path).notes)
    (tmp_path / "a.py").write_text(body)
    assert {f.code for f in run(tmp_path, tmp_path).findings} == {"TD852", "TD853"}


def test_every_rule_has_a_bad_case() -> None:
    codes = {code for _, code in marked(CASES / "bad.py")}
    assert codes == {c.rule.code for c in CHECKS} | {WAIVER.code}


def test_the_example_service_is_clean() -> None:
    """Code that nobody wrote for these rules: no false alarm."""
    report = run(EXAMPLE, EXAMPLE / "service.py")
    assert [(str(f.places[0]), f.code, f.message) for f in report.findings] == []
    assert report.objects >= 1


def test_files_of_tests_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("app.py", "test_app.py", "conftest.py", "tests/helper.py"):
        (tmp_path / name).write_text("from datetime import datetime\nnow = datetime.utcnow\n")
    report = run(tmp_path, tmp_path)
    assert [str(f.places[0]) for f in report.findings] == ["app.py:2"]
    assert any(note.startswith("3 files of tests") for note in report.notes)
    assert len(run(tmp_path, tmp_path / "tests" / "helper.py").findings) == 1


def test_a_file_of_sqlite_is_no_database_of_users(tmp_path: Path) -> None:
    body = "def f(c):\n    return c.execute('SELECT a FROM b WHERE c = ?')\n"
    (tmp_path / "a.py").write_text("import sqlite3\n" + body)
    assert run(tmp_path, tmp_path).findings == ()
    (tmp_path / "a.py").write_text("import sqlite3\nimport psycopg\n" + body)
    assert [f.code for f in run(tmp_path, tmp_path).findings] == ["TD852"]


def test_a_name_that_is_made_of_itself(tmp_path: Path) -> None:
    body = (
        "async def f(session):\n    rows = session.scalars(q)\n    rows = (await rows).unique(rows.all())\n"
    )
    (tmp_path / "a.py").write_text(body + "    for row in rows.all():\n        row.x\n    x = y\n    y = x\n")
    assert run(tmp_path, tmp_path).findings == ()


def test_without_owners_it_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    report = run(tmp_path, tmp_path)
    assert [u.object for u in report.unknown] == ["owners"]
    assert report.exit_code() == 3


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def\n")
    (tmp_path / "b.py").write_bytes(b"\xff\xfe")
    assert {"a.py", "b.py"} <= {u.object for u in run(tmp_path, tmp_path).unknown}


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        run(tmp_path, tmp_path / "nothing")


def test_owners_come_from_the_spec(tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(
        "version: 1\ntables:\n  tasks:\n    owner: owner_id\n    columns:\n"
        "      - {name: id, type: integer, primary_key: true}\n      - {name: owner_id, type: text}\n"
    )
    (tmp_path / "app.py").write_text(
        "from sqlmodel import SQLModel, select\n"
        "class Task(SQLModel, table=True):\n    __tablename__ = 'tasks'\n"
        "def f(session): return session.exec(select(Task)).all()\n"
        "def g(session, u): return session.exec(select(Task).where(Task.owner_id == u)).all()\n"
    )
    with Workspace(Settings(root=tmp_path, spec=(tmp_path / "schema.yaml",))) as ws:
        report = check(ws, [tmp_path])
    assert [(f.code, f.places[0].line) for f in report.findings] == [("TD851", 4)]
