"""Where a project's code calls `create_all`, which makes what no revision knows of."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from todo_db.sources.workspace import Workspace

_SKIPPED = {"node_modules", "site-packages", "__pycache__", "venv", "env", "build", "dist"}
LARGEST = 1_000_000
INSTEAD = "call todo_db.assert_schema(engine) there: it compares, in one round trip, and changes nothing"


def notes(ws: Workspace) -> list[str]:
    """A note for each call outside of tests, and what to call instead."""
    found = [f"{ws.settings.relative(path)}:{line}" for path, line in calls(ws.settings.root)]
    if not found:
        return []
    listed = ", ".join(found[:3]) + (" …" if len(found) > 3 else "")
    return [f"{listed} calls create_all, which goes around the migrations; {INSTEAD}"]


def calls(root: Path) -> Iterator[tuple[Path, int]]:
    """File and line of each call of `….create_all(…)` or `run_sync(….create_all)`, read and never run."""
    for path in sorted(files(root)):
        try:
            if path.stat().st_size > LARGEST:
                continue
            text = path.read_bytes()
            tree = ast.parse(text) if b"create_all" in text else None
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call):
                named = [node.func, *node.args]
                if any(isinstance(n, ast.Attribute) and n.attr == "create_all" for n in named):
                    yield path, node.lineno


def files(root: Path) -> Iterator[Path]:
    """The project's Python files, without its tests and what was installed into it."""
    for folder, folders, names in os.walk(root):
        folders[:] = entered(folders)
        yield from (
            Path(folder, n) for n in names if n.endswith(".py") and not n.startswith(("test_", "conftest"))
        )


def entered(folders: Iterable[str]) -> list[str]:
    """The folders, of these, that may hold code of the project's own."""
    return [f for f in folders if f not in _SKIPPED and not f.startswith((".", "test"))]
