"""The main job, end to end, as the README shows it."""

from __future__ import annotations

from pathlib import Path

from tests.support.recording import STEPS, comparable, record, recorded


def test_the_readme_shows_what_is_printed(tmp_path: Path) -> None:
    """Where this fails because the output is meant to be another: `python -m tests.support.recording`."""
    assert comparable(record(tmp_path)).strip() == comparable(recorded()).strip()


def test_the_recording_tells_the_story() -> None:
    shown = recorded()
    for step in STEPS:
        assert step in shown
    before, after = shown.split("# somebody")
    assert "drift: no findings" in before
    assert "column public.tasks.title" in after
    assert "verdict: changed-in-live" in after
