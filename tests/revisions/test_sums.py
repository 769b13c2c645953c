"""What revisions' code was is remembered, line by line."""

from __future__ import annotations

from tests.support.histories import Project
from todo_db.revisions import sums
from todo_db.settings import load
from todo_db.sources import history

A = ("a", None, "print(1)")
B = ("b", "a", "print(2)")


def read(project: Project) -> history.History:
    return history.read(load(project.root))


def test_an_edit_is_noticed_and_a_comment_is_not(project: Project) -> None:
    project.history(A, B)
    found = read(project)
    assert sums.remember(found, found.revisions.values())
    assert sums.edited(found, found.revisions.values()) == []
    path = project.versions / "1_a.py"
    path.write_text(path.read_text() + "# a comment\n")
    assert sums.edited(read(project), found.revisions.values()) == []
    path.write_text(path.read_text().replace("print(1)", "print(3)"))
    assert [r.id for r in sums.edited(read(project), found.revisions.values())] == ["a"]


def test_what_is_unknown_is_not_edited(project: Project) -> None:
    project.history(A)
    found = read(project)
    assert sums.edited(found, found.revisions.values()) == []


def test_one_line_each_in_the_order_of_the_files(project: Project) -> None:
    project.history(A, B)
    found = read(project)
    sums.remember(found, [found.revisions["b"]])
    sums.remember(found, [found.revisions["a"]])
    lines = found.layout.sums.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["#", "a", "b"]


def test_a_deleted_revision_is_forgotten_and_conflicts_are_passed_over(project: Project) -> None:
    project.history(A, B)
    found = read(project)
    sums.remember(found, found.revisions.values())
    found.layout.sums.write_text("<<<<<<< ours\n" + found.layout.sums.read_text() + "=======\n")
    (project.versions / "2_b.py").unlink()
    assert sums.remember(read(project), [])
    assert list(sums.read(found.layout.sums)) == ["a"]


def test_a_folder_that_cannot_be_written_to(project: Project) -> None:
    project.history(A)
    found = read(project)
    found.layout.sums.mkdir()  # root may write anywhere, but not a file over a folder
    assert not sums.remember(found, found.revisions.values())
    assert [p.name for p in found.layout.folder.iterdir() if p.name.startswith(".versions")] == []
