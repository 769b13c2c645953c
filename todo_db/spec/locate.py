"""Where specifications lie when nobody says so; apart from the readers, which take long to import."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PLACES: Final = (
    "schema/**/*.md",
    "schema/**/*.yaml",
    "schema/**/*.yml",
    "schema/**/*.sql",
    "specs/database/schema.md",
    "specs/database/schema.yaml",
    "specs/database/*.sql",
    "specs/*/database/schema.md",
    "specs/*/database/schema.yaml",
    "specs/*/database/*.sql",
    "specs/*/data-model.md",
    "data-model.md",
    ".specify/**/data-model.md",
)


def discover(root: Path) -> list[Path]:
    """The specifications at the usual places below `root`, in a stable order; empty where there are none."""
    found = (p for pattern in _PLACES for p in sorted(root.glob(pattern)) if p.is_file())
    return list(dict.fromkeys(p for p in found if p.name.lower() != "readme.md"))
