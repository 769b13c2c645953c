"""A revision is as wide as the project's other code."""

from __future__ import annotations

from pathlib import Path

import pytest

from todo_db.revisions.style import line_width


@pytest.mark.parametrize(
    ("name", "text", "width"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 110\n", 110),
        ("pyproject.toml", "[tool.ruff.lint]\nselect = []\n", 88),
        ("pyproject.toml", "[tool.black]\nline-length = 79\n", 79),
        ("pyproject.toml", "[tool.ruff]\nline-length = 5\n", 88),
        ("pyproject.toml", "[tool.ruff\n", 100),
        ("ruff.toml", "line-length = 120\n", 120),
        ("other.toml", "", 100),
    ],
)
def test_width(tmp_path: Path, name: str, text: str, width: int) -> None:
    (tmp_path / name).write_text(text)
    assert line_width(tmp_path) == width
