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


def ensure(layout: Layout) -> list[Path]:
    """Make the folder with env.py and script.py.mako; gives the files that were made. What is there stays."""
    if layout.env.is_file():
        return []
    made = []
    layout.folder.mkdir(parents=True, exist_ok=True)
    layout.versions[0].mkdir(parents=True, exist_ok=True)
    for name, template in _FILES.items():
        path = layout.folder / name
        if not path.exists():
            path.write_text((TEMPLATES / template).read_text(encoding="utf-8"), encoding="utf-8")
            made.append(path)
    return made
