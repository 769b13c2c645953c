"""Imports go down only: what a user meets rests on what a database is, never the other way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "todo_db"

# Top to bottom; a file may import from its own package and from the lines below its own.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("workflows",),
    ("report",),
    ("modelcode",),
    ("apply", "revisions", "isolation", "neon"),
    ("access", "queries", "rules"),
    ("hazards",),
    ("sources",),
    ("startup",),
    (
        "plan",
        "plan_order",
        "plan_steps",
        "plan_types",
        "plan_numbers",
        "plan_state",
    ),  # one part in several files
    ("compare",),
    ("align",),
    ("versions",),
    ("ownership",),
    ("spec",),
    ("postgres",),
    ("objects",),
    ("schema",),
    ("settings",),
    ("files",),
    ("findings",),
    ("backfill",),  # for revisions, which need nothing else of ours
    ("errors", "masking", "collecting"),
)
RANK = {name: len(LAYERS) - depth for depth, names in enumerate(LAYERS) for name in names}
APART = {"models", "__init__"}  # the todo application's tables: they know nothing of the tool, nor it of them

# A name for type checkers only: objects say of themselves which statements make them.
UPWARD = {("schema", "objects")}

# What applications import from the package itself, loaded when it is asked for.
OFFERED = {("__init__", "startup")}


def part(path: Path) -> str:
    """The package or top-level module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and part of each import of the project's own, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: imports are absolute"
            names = [
                f"{node.module}.{a.name}" if node.module == "todo_db" else node.module or ""
                for a in node.names
            ]
        for name in names:
            top, _, rest = name.partition(".")
            if top == "todo_db":
                yield node.lineno, rest.partition(".")[0] or "__init__"


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path: Path) -> None:
    mine = part(path)
    for line, other in imports(path):
        where = f"{path.relative_to(PACKAGE.parent)}:{line}: {mine} imports {other}"
        if mine in APART or other in APART:
            assert other in (mine, "__init__") or (mine, other) in OFFERED, where
        else:
            down = RANK[other] < RANK[mine] or (mine.startswith("plan") and other.startswith("plan"))
            assert mine == other or down or (mine, other) in UPWARD, where


def test_every_part_has_a_layer() -> None:
    assert {part(p) for p in FILES} <= RANK.keys() | APART


def test_a_module_says_what_it_is_for() -> None:
    """The first statement of each file is one sentence."""
    silent = [
        p.relative_to(PACKAGE).as_posix()
        for p in FILES
        if p.stat().st_size and not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))
    ]
    assert silent == []
