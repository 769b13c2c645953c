"""A history is read from its files alone: order, heads, names, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.histories import revision
from todo_db.errors import UsageError
from todo_db.settings import load
from todo_db.sources import history
from todo_db.sources.history import History, HistoryError, code_hash


@pytest.fixture
def write(tmp_path: Path):
    """write(("a", None), ("b", "a")) makes the files of these revisions and reads the history."""

    def make(*revisions: tuple[object, ...], **others: str) -> History:
        versions = tmp_path / "migrations" / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        for name, down, *head in revisions:
            text = revision(str(name), down, "pass", head=str(head[0]) if head else "")  # type: ignore[arg-type]
            (versions / f"{name}.py").write_text(text)
        for name, text in others.items():
            (versions / f"{name}.py").write_text(text)
        return history.read(load(tmp_path))

    return make


def test_each_revision_stands_after_what_it_needs(write):
    found = write(("c", "b"), ("a", None), ("b", "a"))
    assert list(found.revisions) == ["a", "b", "c"]
    assert found.head() == "c"
    assert [r.id for r in found.between(["a"], "c")] == ["b", "c"]
    assert found.revisions["a"].message == "Revision a."


def test_no_folder_is_an_empty_history(tmp_path):
    found = history.read(load(tmp_path))
    assert (found.head(), found.layout.exists) == (None, False)


def test_two_heads_are_named_with_their_files(write):
    found = write(("a", None), ("b", "a"), ("c", "a"))
    with pytest.raises(HistoryError) as error:
        found.head()
    assert "b (b.py), c (c.py)" in error.value.what
    assert "merge" in (error.value.hint or "")


def test_a_merge_has_one_head_and_needs_both(write):
    found = write(("a", None), ("b", "a"), ("c", "a"), ("m", ("b", "c")))
    assert found.head() == "m"
    assert [r.id for r in found.between(["b"], "m")] == ["c", "m"]


def test_several_bases_and_dependencies(write):
    found = write(("x", None), ("a", None), ("y", "x", "depends_on = 'a'"), ("m", ("y", "a")))
    assert list(found.revisions) == ["a", "x", "y", "m"]
    assert [r.id for r in found.up_to(["y"])] == ["a", "x", "y"]


def test_names(write):
    found = write(("abcd1", None, "branch_labels = ('first',)"), ("abcd2", "abcd1"))
    assert found.resolve("head") == "abcd2"
    assert found.resolve("base") is None
    assert found.resolve("first") == "abcd1"
    for name in ("abcd", "zzzz"):
        with pytest.raises(UsageError):
            found.resolve(name)
    assert found.unknown(["abcd1", "gone"]) == ["gone"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (", "no Python"),
        ("x = 1", "states no revision id"),
        ("import os\nrevision = os.name\ndown_revision = None", "computed"),
        ("revision = 'b'\ndown_revision = 'gone'", "follows 'gone', which is missing"),
        ("revision = 'b'\ndown_revision = 5", "names no revision"),
        ("revision = 'a'\ndown_revision = None", "two revisions have the id a"),
        ("revision = 'b'\ndown_revision = 'b'", "circle"),
    ],
)
def test_what_is_wrong_is_said(write, text, said):
    with pytest.raises(HistoryError) as error:
        write(("a", None), other=text)
    assert said in error.value.what


def test_what_is_no_revision_file_is_passed_over(write):
    assert list(write(("a", None), __init__="x = 1").revisions) == ["a"]


@pytest.mark.parametrize(
    "same",
    ['"""other"""\ndef f():\n    return  ( 1 )  # why\n', 'def f():\n    """why"""\n    return 1\n'],
)
def test_comments_and_formatting_do_not_change_the_hash(same):
    assert code_hash(same.encode()) == code_hash(b"def f():\n    return 1\n")


@pytest.mark.parametrize(
    "other", ["def f():\n    return True\n", "def f():\n    return '1'\n", "def g():\n    return 1\n"]
)
def test_code_does(other):
    assert code_hash(other.encode()) != code_hash(b"def f():\n    return 1\n")


@given(st.text(), st.text())
def test_strings_count_but_docstrings_do_not(one, two):
    first, second = (code_hash(f"{one!r}\nx = {t!r}".encode("utf-8", "backslashreplace")) for t in (one, two))
    assert (first == second) is (one == two)
