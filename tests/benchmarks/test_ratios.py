"""The aims for start-up time; a run on a busy machine says little, so this is not part of every run."""

from __future__ import annotations

import pytest

from tests.benchmarks.ratios import RATIOS, Ratio, measure, scratch_ready


@pytest.mark.long
@pytest.mark.parametrize("ratio", [r for r in RATIOS if r.aim], ids=lambda r: r.name)
def test_aims(ratio: Ratio) -> None:
    ours, theirs = measure(ratio)
    assert ratio.aim is not None
    assert ours.cpu <= ratio.aim * theirs.cpu


@pytest.mark.long
def test_scratch_is_ready_in_a_sixth_of_a_second() -> None:
    assert scratch_ready() < 0.15
