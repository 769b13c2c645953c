"""The files that Alembic needs beside the revisions, made where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from todo_db.sources.layout import Layout

TEMPLATES = Path(__file__).parent / "templates"
_FILES = {"env.py": "env.py.txt", "script.py.mako": "script.py.mako"}


@contextmanager
def provided(layout: Layout) -> Iterator[list[Path]]:
    """Make what is missing; what was made stays only if the body succeeds."""
    before = layout.folder.is_dir()
    made = ensure(layout)
    try:
        yield made
    except BaseException:
        for path in made:
            path.unlink()
        if not before:
            for folder in (*layout.versions, layout.folder):
                with suppress(OSError):
                    folder.rmdir()
        raise


def missing(layout: Layout) -> dict[Path, str]:
    """The files that `ensure` would make, with their texts."""
    if layout.env.is_file():
        return {}
    texts = {layout.folder / n: (TEMPLATES / t).read_text(encoding="utf-8") for n, t in _FILES.items()}
    return {path: text for path, text in texts.items() if not path.exists()}


def ensure(layout: Layout) -> list[Path]:
    """Make the folder with env.py and script.py.mako; gives the files that were made. What is there stays."""
    if layout.env.is_file():
        return []
    made = missing(layout)
    layout.folder.mkdir(parents=True, exist_ok=True)
    layout.versions[0].mkdir(parents=True, exist_ok=True)
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return list(made)
