"""migrate merge, rebase and squash: the history in another shape, proven before a file is changed."""

from __future__ import annotations

import pytest

from tests.support.histories import Project
from todo_db.errors import ApplyError, UsageError
from todo_db.revisions import sums
from todo_db.revisions.rewriting import reparented
from todo_db.sources import history as histories
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_merge import merge
from todo_db.workflows.migrate_rebase import rebase
from todo_db.workflows.migrate_squash import squash

A = (
    "aaaa",
    None,
    'op.create_table("tasks", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.drop_table("tasks")',
)


def column(name: str, down: str, what: str, type_: str = "Text") -> tuple[str, ...]:
    up = f'op.add_column("tasks", sa.Column("{what}", sa.{type_}()))'
    return (name, down, up, f'op.drop_column("tasks", "{what}")')


LEFT, RIGHT = column("llll", "aaaa", "title"), column("rrrr", "aaaa", "note")


def codes(outcome: object) -> list[tuple[str, str]]:
    return [(f.code, f.object) for f in outcome.report.findings]  # type: ignore[attr-defined]


def heads(project: Project) -> tuple[str, ...]:
    return histories.read(project.open().settings).heads


def test_branches_that_build_the_same_are_merged(project: Project) -> None:
    project.history(A, LEFT, RIGHT)
    outcome = merge(project.open())
    made = outcome.report.extra["revision"]
    assert (codes(outcome), heads(project)) == ([], (made,))
    found = histories.read(project.open().settings)
    assert set(found.revisions[made].down) == {"llll", "rrrr"}
    assert made in sums.read(found.layout.sums)
    migrate(project.open(), prove=False)
    assert project.stamp == [made]
    assert merge(project.open()).text.startswith("nothing to do")


def test_branches_at_odds_are_shown_and_not_merged(project: Project) -> None:
    wide = 'op.execute("alter table tasks alter id type bigint")'
    wider = 'op.execute("alter table tasks alter id type numeric")'
    project.history(A, ("llll", "aaaa", wide), ("rrrr", "aaaa", wider))
    outcome = merge(project.open())
    (found,) = [f for f in outcome.report.findings if f.kind == "column"]
    assert (found.code, found.object) == ("TD513", "public.tasks.id")
    assert found.sides == {"llll then rrrr": "numeric", "rrrr then llll": "bigint"}
    assert heads(project) == ("llll", "rrrr")


def test_an_order_in_which_a_revision_fails(project: Project) -> None:
    renaming = 'op.execute("alter table tasks rename to jobs")'
    project.history(A, LEFT, ("rrrr", "aaaa", renaming))
    assert ("TD513", "llll") in codes(merge(project.open()))


def test_a_branch_is_put_behind_the_other(project: Project) -> None:
    project.history(A, LEFT, RIGHT, column("ssss", "rrrr", "more"))
    migrate(project.open(), to="llll", prove=False)
    outcome = rebase(project.open())
    assert outcome.report.extra["revisions"] == ["rrrr", "ssss"]
    found = histories.read(project.open().settings)
    assert (found.heads, found.revisions["rrrr"].down) == (("ssss",), ("llll",))
    assert not sums.edited(found, found.revisions.values())
    migrate(project.open(), prove=False)
    assert project.stamp == ["ssss"]


def test_what_is_applied_stays_where_it_is(project: Project) -> None:
    project.history(A, LEFT, RIGHT)
    migrate(project.open(), to="llll", prove=False)
    with pytest.raises(ApplyError, match="llll is applied in the live database"):
        rebase(project.open(), "llll")
    with pytest.raises(UsageError, match="aaaa belongs to both branches"):
        rebase(project.open(), "aaaa")
    assert heads(project) == ("llll", "rrrr")


def test_a_branch_that_fails_behind_the_other_is_not_moved(project: Project) -> None:
    project.history(A, LEFT, column("rrrr", "aaaa", "title"))
    assert codes(rebase(project.open(), "rrrr")) == [("TD508", "rrrr")]
    assert heads(project) == ("llll", "rrrr")


@pytest.mark.parametrize("kind", ["", ": str | None", ": Union[str, None]"])
def test_only_the_parent_is_rewritten(kind: str) -> None:
    head = '"""Ü.\n\nRevises: old\nRevises: stays\n"""\nx = "ü"\n'
    source = f'{head}down_revision{kind} = (\n    "old"\n)  # why\ny = 1\n'
    new = reparented(source, "new")
    assert (
        f'down_revision{kind} = (\n    "new"\n)  # why' in new or f'down_revision{kind} = (\n    "new"' in new
    )
    assert 'Revises: new\nRevises: stays\n"""' in new
    assert new.replace("new", "old") == source


def test_a_history_becomes_one_revision(project: Project) -> None:
    project.history(A, LEFT, column("cccc", "llll", "note"), column("dddd", "cccc", "last"))
    migrate(project.open(), to="cccc", prove=False)
    outcome = squash(project.open(), "base:cccc", "All")
    assert codes(outcome) == []
    found = histories.read(project.open().settings)
    assert list(found.revisions) == ["cccc", "dddd"]
    assert found.revisions["cccc"].down == ()
    assert len(list((project.root / "migrations" / "squashed").iterdir())) == 3
    assert set(sums.read(found.layout.sums)) >= {"cccc"}
    migrate(project.open(), prove=False)  # a database that has the last of them goes on
    assert project.stamp == ["dddd"]


def test_a_database_within_the_stretch_forbids_it(project: Project) -> None:
    project.history(A, LEFT, column("cccc", "llll", "note"))
    migrate(project.open(), to="llll", prove=False)
    with pytest.raises(ApplyError, match="the live database is at llll, which would be gone"):
        squash(project.open())
    assert len(list(project.versions.glob("*.py"))) == 3


@pytest.mark.parametrize(
    ("rows", "stretch", "lost"),
    [
        ('op.execute("insert into tasks (title) values (1)")', "base:head", "public.tasks"),
        ('op.execute("update tasks set id = id + 100")', "aaaa:head", "public.tasks.id"),
        ('op.execute("update tasks set id = id + 100")', "base:head", None),
    ],
)
def test_rows_that_would_be_missing(project: Project, rows: str, stretch: str, lost: str | None) -> None:
    first = A[2].replace("Integer", "BigInteger").replace("primary_key=True", "sa.Identity()")
    project.history(("aaaa", None, first, A[3]), LEFT, ("cccc", "llll", rows))
    outcome = squash(project.open(), stretch)
    assert codes(outcome) == ([("TD514", "cccc")] if lost else [])
    if lost:
        assert lost in outcome.report.findings[0].message
        assert len(list(project.versions.glob("*.py"))) == 3
        assert codes(squash(project.open(), stretch, lossy=True)) == []
    assert len(list(project.versions.glob("*.py"))) == (2 if stretch == "aaaa:head" else 1)


def test_what_others_hang_on_stays(project: Project) -> None:
    project.history(A, LEFT, RIGHT)
    with pytest.raises(UsageError, match="rrrr follows aaaa, which would be gone"):
        squash(project.open(), "base:llll")
