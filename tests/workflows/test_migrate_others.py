"""migrate status, down, test, --dry-run and --sql."""

from __future__ import annotations

import pytest

from tests.support.histories import Project
from todo_db.errors import ApplyError, Exit, UsageError
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_down import down
from todo_db.workflows.migrate_plan import plan, script
from todo_db.workflows.migrate_status import status
from todo_db.workflows.migrate_test import test as run_test

A = (
    "a",
    None,
    'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.drop_table("tasks")',
)
B = ("b", "a", 'op.add_column("tasks", sa.Column("title", sa.Text()))', 'op.drop_column("tasks", "title")')
INDEX = ("c", "b", 'op.create_index("by_title", "tasks", ["title"])', 'op.drop_index("by_title")')


def codes(outcome: object) -> list[tuple[str, str]]:
    return [(f.code, f.object) for f in outcome.report.findings]  # type: ignore[attr-defined]


def apply(project: Project, to: str | None = None) -> None:
    """Without the proof on scratch, which is not what these tests are about."""
    migrate(project.open(), to=to, prove=False)


def yes(_: str) -> bool:
    return True


# ---- status ---------------------------------------------------------------------------------------


def test_status_tells_what_is_pending(project: Project) -> None:
    project.history(A, B)
    outcome = status(project.open())
    assert codes(outcome) == [("TD501", "a"), ("TD501", "b")]
    assert outcome.report.exit_code() is Exit.FINDINGS
    apply(project, "a")
    outcome = status(project.open())
    assert codes(outcome) == [("TD501", "b")]
    assert outcome.report.extra["stamp"] == ["a"]
    assert [r["applied"] for r in outcome.report.extra["revisions"]] == [True, False]
    apply(project)
    outcome = status(project.open())
    assert (codes(outcome), "at b (Revision b.), the newest revision\n" in outcome.text) == ([], True)


def test_status_tells_of_unknown_and_edited_revisions(project: Project) -> None:
    project.history(A)
    apply(project)
    path = project.versions / "1_a.py"
    path.write_text(path.read_text().replace("Integer", "Text"))
    assert codes(status(project.open())) == [("TD503", "a")]
    project.live.execute("update alembic_version set version_num = 'x'")
    assert ("TD502", "x") in codes(status(project.open()))


def test_status_of_nothing(project: Project) -> None:
    project.history()
    assert status(project.open()).text.endswith("there are no revisions yet")


# ---- down -----------------------------------------------------------------------------------------


def test_down(project: Project) -> None:
    project.history(A, B, INDEX)
    apply(project)
    for goal, stamp in (("-1", ["b"]), ("a", ["a"]), ("base", [])):
        outcome = down(project.open(), goal, yes)
        assert project.stamp == stamp
        assert outcome.report.extra["stamp"] == stamp
    apply(project)
    assert project.stamp == ["c"]


def test_down_says_what_is_lost_and_asks(project: Project) -> None:
    project.history(A, B)
    apply(project)
    project.live.execute("insert into tasks values (1, 'x'), (2, 'y'), (3, null)")
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    with pytest.raises(ApplyError, match="not confirmed; nothing was changed"):
        down(project.open(), "a", no)
    assert "column tasks.title (2 rows with a value) is thrown away" in asked[0]
    assert project.stamp == ["b"]


def test_down_to_what_is_not_applied(project: Project) -> None:
    project.history(A, B)
    apply(project, "a")
    with pytest.raises(UsageError, match="b is not applied"):
        down(project.open(), "b", yes)
    with pytest.raises(UsageError, match="only 1 revision"):
        down(project.open(), "-2", yes)
    assert down(project.open(), "a", yes).text.startswith("nothing to do")


def test_a_way_back_that_leaves_a_trace_is_not_taken(project: Project) -> None:
    project.history(A, ("b", "a", B[2], "pass"))
    apply(project)
    with pytest.raises(ApplyError, match="the way back does not lead to revision a"):
        down(project.open(), "a", yes)
    assert project.stamp == ["b"]


# ---- test -----------------------------------------------------------------------------------------


def test_a_good_history(project: Project) -> None:
    project.history(A, B, INDEX)
    outcome = run_test(project.open())
    assert codes(outcome) == []
    assert outcome.report.extra["revisions"] == ["a", "b", "c"]
    assert project.tables() == []


ENUM = """
    sa.Enum("x", name="mood").create(op.get_bind(), checkfirst=True)
    op.create_table("moods", sa.Column("m", sa.Text()))
"""


@pytest.mark.parametrize(
    ("revision", "code"),
    [
        (("b", "a", "op.execute('select nothing')"), "TD508"),
        (("b", "a", B[2], "op.execute('select nothing')"), "TD508"),
    ],
)
def test_a_bad_revision_is_found(project: Project, revision: tuple[str, ...], code: str) -> None:
    project.history(A, revision)
    assert codes(run_test(project.open())) == [(code, "b")]


def test_a_trace_is_the_fault_of_the_revision_that_left_it(project: Project) -> None:
    project.history(A, ("b", "a", ENUM, 'op.drop_table("moods")'))
    assert codes(run_test(project.open())) == [("TD509", "b")]


def test_after_a_way_back_that_fails_the_rest_is_tried_with_rows(project: Project) -> None:
    """Histories that others wrote: one bad downgrade hides nothing of what follows."""
    bad = "op.execute('drop table nothing')"
    project.history(A, ("b", "a", B[2], bad), ("c", "b", 'op.execute("update tasks set id = id + 100")'))
    report = run_test(project.open()).report
    assert [(f.code, f.object) for f in report.findings] == [("TD508", "b")]
    assert [u.object for u in report.unknown] == ["a"]
    tried = {row["revision"]: row for row in report.extra["tried"]}
    assert [tried[r]["back"] for r in ("a", "b", "c")] == [False, False, True]
    assert (tried["c"]["changed"], tried["c"]["rows"] > 3) == (["tasks.id"], True)


def test_branches_dependencies_and_autocommit_blocks(project: Project) -> None:
    concurrent = """
        with op.get_context().autocommit_block():
            op.create_index("by_title", "tasks", ["title"], postgresql_concurrently=True)
    """
    project.history(
        A,
        ("l", "a", B[2], B[3]),
        ("r", "a", concurrent, 'op.drop_index("by_title", "tasks")', "depends_on = 'l'"),
        ("m", ("l", "r"), ""),
    )
    outcome = run_test(project.open())
    assert codes(outcome) == []
    assert outcome.report.extra["revisions"] == ["a", "l", "r", "m"]


def test_a_way_back_that_leaves_something(project: Project) -> None:
    back = 'op.drop_column("tasks", "first")\nop.execute("create table trace (a int)")'
    project.history(A, ("b", "a", 'op.add_column("tasks", sa.Column("first", sa.Text()))', back))

    assert codes(run_test(project.open())) == [("TD509", "b")]


def test_an_upgrade_that_depends_on_the_rows_that_are_there(project: Project) -> None:
    up = """
        filled = op.get_bind().exec_driver_sql("select exists (select from tasks)").scalar()
        op.add_column("tasks", sa.Column("second" if filled else "first", sa.Text()))
    """
    back = 'op.execute("alter table tasks drop column if exists first, drop column if exists second")'
    project.history(A, ("b", "a", up, back))

    assert codes(run_test(project.open())) == [("TD510", "b")]


# ---- plan and script --------------------------------------------------------------------------------


def test_the_plan(project: Project) -> None:
    project.history(A, B, INDEX)
    apply(project, "a")
    outcome = plan(project.open())
    steps = outcome.report.extra["plan"]
    assert [s["revision"] for s in steps] == ["b", "c"]
    assert steps[0]["changes"] == ["creates column tasks.title"]
    assert steps[0]["statements"] == [{"sql": "ALTER TABLE tasks ADD COLUMN title TEXT", "line": 11}]
    assert steps[1]["hazards"] == ["blocks-writes"]
    assert "CREATE INDEX by_title ON tasks (title);" in outcome.text
    (found,) = [m for m in steps[1]["measured"] if "write" in m["message"]]
    assert f"! {found['severity']} {found['code']} line {found['line']}: " in outcome.text
    assert project.stamp == ["a"]


def test_what_is_new_in_the_revision_is_no_hazard(project: Project) -> None:
    up = A[2] + '\nop.create_index("by_id", "tasks", ["id"])'
    project.history(("a", None, up))
    assert plan(project.open()).report.extra["plan"][0]["hazards"] == []


def test_the_script_does_the_same(project: Project) -> None:
    project.history(A, B)
    apply(project, "a")
    text = script(project.open()).text
    assert text.startswith("BEGIN;")
    assert text.endswith("COMMIT;")
    assert project.stamp == ["a"]
    project.live.execute(text.encode())
    assert project.stamp == ["b"]
    assert script(project.open()).text == "-- nothing to do"


def test_each_revision_is_tried_with_rows(project: Project) -> None:
    """A data migration is told, and one that forgets the rows is found."""
    project.history(
        (
            "a",
            None,
            "op.execute('create table t (id int primary key, a text)')",
            "op.execute('drop table t')",
        ),
        ("b", "a", 'op.execute("update t set a = upper(a)")'),
        ("c", "b", "op.execute('alter table t add n int not null')", "op.execute('alter table t drop n')"),
    )
    outcome = run_test(project.open())
    assert codes(outcome) == [("TD512", "c")]
    tried = {row["revision"]: row for row in outcome.report.extra["tried"]}
    assert tried["a"]["rows"] == 0
    assert tried["b"]["rows"] > 3
    assert tried["b"]["changed"] == ["t.a"]
    assert tried["b"]["not_back"] == ["t.a"]
