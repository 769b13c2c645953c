"""Every statement of a large document is read; `python -m tests.benchmarks.reading` says in what time."""

from __future__ import annotations

from tests.benchmarks.reading import Counts, counts, large
from todo_db.spec.read import read_markdown


def test_the_large_document_is_read_whole() -> None:
    found = counts(read_markdown(large(50), "large.md"))
    assert found == Counts(tables=50, columns=200, keys=50, references=50, indexes=100)
