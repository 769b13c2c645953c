"""What others ask a database far away, counted: ours is one round trip, theirs grow with the tables."""

from __future__ import annotations

import pytest

from tests.benchmarks.distances import compare


@pytest.mark.long
def test_round_trips_against_others() -> None:
    found = compare(30, 0.0, times=1)
    assert found["todo-db drift"].round_trips == 1
    assert all(run.round_trips > 30 for what, run in found.items() if what != "todo-db drift")
