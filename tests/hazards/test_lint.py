"""migrate lint: ranges, waivers, what stops a history, and what the live database adds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.histories import Project
from todo_db.cli.app import app
from todo_db.errors import Exit, UndeterminedError, UsageError
from todo_db.findings import Report
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_lint import lint

TABLE = "op.execute('CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text)')"
INDEX = 'op.create_index("t_a", "t", ["a"])'


def linted(project: Project, wanted: str | None = None, live: bool | None = False) -> Report:
    return lint(project.open(), wanted, live=live).report


def codes(report: Report) -> list[str]:
    quiet = {"TD577", "TD578"}  # SQL without a comment and no downgrade: these histories are short
    return sorted({f.code for f in report.findings} - quiet)


def test_ranges(project: Project) -> None:
    project.history(("r1", None, TABLE), ("r2", "r1", INDEX), ("r3", "r2", 'op.drop_column("t", "b")'))
    ws = project.open()

    def found(wanted: str | None) -> list[str]:
        return codes(lint(ws, wanted, live=False).report)

    assert found("r2") == ["TD530"]
    assert found("r1:r3") == found(None) == ["TD520", "TD530", "TD552"]
    assert found("head") == found("r2:") == ["TD520", "TD552"]
    assert found(":r1") == []
    with pytest.raises(UsageError):
        found("nothing")


def test_waivers(project: Project) -> None:
    project.history(
        ("r1", None, TABLE),
        ("r2", "r1", f"{INDEX}  # todo-db: allow TD530 the table is small"),
        ("r3", "r2", '# todo-db: allow TD552\nop.drop_column("t", "a")'),
        ("r4", "r3", '# todo-db: allow TD999, drop-column: nobody\n# reads it\nop.drop_column("t", "b")'),
        ("r5", "r4", "pass"),
    )
    last = project.versions / "5_r5.py"
    last.write_text("# todo-db: allow TD530 for the whole file\n" + last.read_text())
    report = linted(project)
    found = {(f.code, f.places[0].path[-5:-3]) for f in report.findings if f.code in ("TD530", "TD552")}
    assert found == {("TD552", "r3")}
    told = {(f.code, f.places[0].path[-5:-3]) for f in report.findings if f.code in ("TD591", "TD592")}
    assert told == {("TD591", "r3"), ("TD592", "r5")}
    assert report.notes == ("2 accepted in the revisions, each with a reason",)


@pytest.mark.parametrize(
    ("up", "code"),
    [
        ("op.execute('CREATE INDEX CONCURRENTLY i ON t (a)')", "TD533"),
        ("op.execute(\"ALTER TYPE e ADD VALUE 'z'; CREATE TABLE u (x e DEFAULT 'z')\")", "TD565"),
        ("op.execute('SELECT no_such_thing; SELECT 1')", "TD508"),
    ],
)
def test_a_revision_that_does_not_run(project: Project, up: str, code: str) -> None:
    """It is found at its line; what follows was not measured, which keeps the run from being green."""
    first = f"{TABLE}\nop.execute(\"CREATE TYPE e AS ENUM ('x')\")"
    project.history(("r1", None, first), ("r2", "r1", up), ("r3", "r2", INDEX))
    report = linted(project, "r1:head")
    found = [f for f in report.findings if f.code == code]
    assert [f.places[0].line for f in found] == [11]
    assert [u.object for u in report.unknown] == ["r3"]


def test_a_revision_that_runs_without_rows_only(project: Project) -> None:
    """It is measured on empty tables, and so is what follows, with rows again."""
    project.history(
        ("r1", None, f"{TABLE}\nop.execute('INSERT INTO t VALUES (1, 1)')"),
        ("r2", "r1", "op.execute('ALTER TABLE t ADD CONSTRAINT few CHECK (id < 0)')"),
        ("r3", "r2", 'op.add_column("t", sa.Column("n", sa.Integer(), nullable=False))'),
        ("r4", "r3", "op.execute('ALTER TABLE t DROP CONSTRAINT few; UPDATE t SET a = 2')"),
    )
    report = linted(project, "r1:head")
    by_path = {(f.places[0].path[-5:-3], f.code) for f in report.findings}
    assert {("r2", "TD583"), ("r2", "TD535"), ("r3", "TD543"), ("r4", "TD576")} <= by_path
    assert ("r3", "TD583") not in by_path
    assert report.unknown == ()


def test_code_alone_shows_some(project: Project) -> None:
    project.settings(models="app.models")
    project.write({"app/__init__.py": "", "app/models.py": "x = 1\n"})
    kept = "op.drop_column('t', 'b')"
    project.history(
        ("r1", None, f"from app.models import x\n{TABLE}"),
        ("r2", "r1", kept, "raise NotImplementedError('gone')"),
    )
    found = {(f.code, str(f.severity)) for f in linted(project).findings}
    assert ("TD579", "warning") in found
    assert {("TD578", "warning"), ("TD578", "info")} <= found


def test_an_error_that_the_revision_caught_is_told(project: Project) -> None:
    """PostgreSQL has aborted the transaction by then; that alone would say nothing."""
    caught = "try:\n    op.execute('DROP TABLE nowhere')\nexcept Exception:\n    pass\nop.execute('SELECT 1')"
    project.history(("r1", None, TABLE), ("r2", "r1", caught))
    found = next(f for f in linted(project).findings if f.code == "TD508")
    assert "nowhere" in found.message
    assert found.places[0].line == 12


def test_two_heads(project: Project) -> None:
    project.history(("r1", None, TABLE), ("r2", "r1", "pass"), ("r3", "r1", INDEX))
    assert codes(linted(project)) == ["TD530", "TD580"]


def test_others_env_sets_no_lock_timeout(project: Project) -> None:
    from tests.support.histories import ALEMBICS_ENV

    project.history(("r1", None, TABLE), env=ALEMBICS_ENV)
    found = [f for f in linted(project).findings if f.code == "TD547"]
    assert [str(f.places[0]) for f in found] == ["migrations/env.py:1"]


def test_rules_can_be_switched_off(project: Project) -> None:
    project.history(("r1", None, TABLE), ("r2", "r1", INDEX))
    project.write(
        {"pyproject.toml": '[tool.todo-db.rules]\ndisable = ["TD530"]\nseverity = { TD577 = "error" }\n'}
    )
    report = linted(project)
    assert codes(report) == []
    assert {str(f.severity) for f in report.findings if f.code == "TD577"} == {"error"}


def statements(report: Report, revision: str) -> list[dict[str, Any]]:
    found = next(r for r in report.extra["revisions"] if r["revision"] == revision)
    return list(found["statements"])


def test_evidence(project: Project) -> None:
    """What each statement did is told: in the transaction, outside of it, and where no transaction may be."""
    outside = (
        "op.execute('ALTER TABLE t ALTER a TYPE bigint')\n"
        "with op.get_context().autocommit_block():\n"
        "    op.execute('ALTER TABLE t ADD COLUMN c integer')\n"
        "    op.execute('CREATE INDEX CONCURRENTLY i ON t (a)')"
    )
    project.history(("r1", None, TABLE), ("r2", "r1", outside))
    first, second, third = statements(linted(project), "r2")
    assert first["rewrites"] == ["public.t"]
    assert first["blocks"] == second["blocks"] == {"public.t": ["reads", "writes"]}
    assert (first["transaction"], second["transaction"], third["transaction"]) == (1, None, None)
    assert second["locks"]["public.t"] == ["AccessExclusiveLock"]
    assert third["locks"] == {"public.t": ["ShareUpdateExclusiveLock"]}
    assert third["blocks"] == {}
    assert third["builds"] == ["public.i"]


# ---- with a live database -----------------------------------------------------------------------------


def test_what_no_live_database_has_is_no_hazard(project: Project) -> None:
    """The index is built on a table that is pending itself."""
    project.history(("r0", None, "op.execute('CREATE TABLE old (id bigint PRIMARY KEY)')"))
    migrate(project.open())
    project.history(
        ("r0", None, "op.execute('CREATE TABLE old (id bigint PRIMARY KEY)')"),
        ("r1", "r0", TABLE),
        ("r2", "r1", f"{INDEX}\nop.rename_table('t', 'u')"),
        ("r3", "r2", "op.create_index('u_b', 'u', ['b'])\nop.drop_column('u', 'a')"),
    )
    report = linted(project, live=True)
    assert [r["revision"] for r in report.extra["revisions"]] == ["r1", "r2", "r3"]
    assert codes(report) == []
    assert {"TD530", "TD559"} <= set(codes(linted(project, "r2")))


def test_sizes(project: Project) -> None:
    """With the live table's size the message says what it means there."""
    project.history(("r1", None, TABLE))
    migrate(project.open())
    with project.server.superuser_connection(project.live) as admin:
        admin.execute("UPDATE pg_class SET reltuples = 41e6 WHERE relname = 't'")
    project.history(("r1", None, TABLE), ("r2", "r1", "op.alter_column('t', 'a', type_=sa.BigInteger())"))
    report = linted(project, live=None)
    assert codes(report) == ["TD524", "TD593"]
    rewrite, big = (next(f for f in report.findings if f.code == c) for c in ("TD524", "TD593"))
    assert "t on live: about 41 M rows" in rewrite.message
    assert "blocks all reads and writes for the time of a full rewrite" in big.message
    assert project.stamp == ["r1"]


def test_corrupting_versions(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    concurrent = (
        "with op.get_context().autocommit_block():\n    op.execute('CREATE INDEX CONCURRENTLY i ON t (a)')"
    )
    project.history(("r1", None, TABLE), ("r2", "r1", concurrent))
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", property(lambda _: 140002))
    assert "TD584" in codes(linted(project, live=True))


def test_a_revision_before_applied_ones(project: Project) -> None:
    project.history(("r1", None, TABLE), ("r2", "r1", "pass"))
    migrate(project.open())
    (project.versions / "2_r2.py").unlink()
    project.history(("r1", None, TABLE), ("rx", "r1", "pass"), ("r2", "rx", "pass"))
    found = [f.object for f in linted(project, "base:head", live=True).findings if f.code == "TD580"]
    assert found == ["rx"]


def test_an_edited_revision(project: Project) -> None:
    project.history(("r1", None, TABLE))
    migrate(project.open())
    project.history(("r1", None, TABLE + "\npass"))
    assert "TD503" in codes(linted(project, "r1", live=True))


def test_a_live_database_that_is_not_there(project: Project) -> None:
    """Insisted on it is an error; otherwise a note, and all revisions are looked at."""
    project.history(("r1", None, TABLE), ("r2", "r1", INDEX))
    ws = project.open()
    ws.url = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(UndeterminedError):
        lint(ws, live=True)
    report = lint(ws).report
    assert codes(report) == ["TD530"]
    assert report.notes[0].startswith("without the live database's sizes: ")


def test_command(project: Project) -> None:
    project.history(("r1", None, TABLE), ("r2", "r1", INDEX))
    words = ["migrate", "lint", "r2", "--no-live", "--project", str(project.root), "--format"]
    shown = CliRunner().invoke(app, [*words, "json"])
    assert shown.exit_code == Exit.FINDINGS
    told = json.loads(shown.stdout)
    assert told["command"] == "migrate lint"
    assert [f["code"] for f in told["findings"] if f["severity"] == "error"] == ["TD530"]
    assert (
        CliRunner().invoke(app, [*words, "github"]).stdout.count("::error file=migrations/versions/2_r2.py")
        == 1
    )
