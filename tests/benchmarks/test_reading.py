"""Reading costs the same per line however long a document is, and every statement of a large one is read."""

from __future__ import annotations

import pytest

from tests.benchmarks.reading import Counts, counts, large, seconds
from todo_db.spec.read import read_markdown


def test_the_large_document_is_read_whole() -> None:
    found = counts(read_markdown(large(50), "large.md"))
    assert found == Counts(tables=50, columns=200, keys=50, references=50, indexes=100)


@pytest.mark.long
def test_the_cost_per_line_is_flat() -> None:
    small, _ = seconds(large(450))
    big, _ = seconds(large(1800))
    assert big <= 4 * 1.5 * small


@pytest.mark.long
def test_reading_takes_a_few_times_what_its_markdown_does() -> None:
    ours, alone = seconds(large(900))
    assert ours <= 4 * alone
