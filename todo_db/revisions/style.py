"""How wide the project's code is, so that what is written needs no reformatting."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from todo_db.revisions.code import WIDTH

_NARROWEST, _WIDEST = 60, 320
_DEFAULT = 88  # of ruff and black, where they are used without saying how wide


def line_width(root: Path) -> int:
    """The width that ruff or black is told, their default where they are only named, ours without them."""
    named = False
    for file, path in (("ruff.toml", ()), (".ruff.toml", ()), ("pyproject.toml", ("tool", "ruff"))):
        options = _options(root / file, path)
        if options is not None:
            named = True
            if (width := _width(options)) is not None:
                return width
    black = _options(root / "pyproject.toml", ("tool", "black"))
    if black is not None:
        return _width(black) or _DEFAULT
    return _DEFAULT if named else WIDTH


def _options(file: Path, path: tuple[str, ...]) -> Mapping[str, Any] | None:
    try:
        found: Any = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return None
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _width(options: Mapping[str, Any]) -> int | None:
    width = options.get("line-length")
    return width if isinstance(width, int) and _NARROWEST <= width <= _WIDEST else None
