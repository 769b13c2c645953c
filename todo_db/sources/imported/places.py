"""Where models state things: the line of a class, a field or a `__table_args__` entry, found by `ast`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from todo_db.sources.imported.calls import line_of

_FRAMEWORKS = frozenset({"sqlmodel", "sqlalchemy", "pydantic"})


class Line(NamedTuple):
    """A line of a file; `path` is absolute."""

    path: str
    line: int


class Module:
    """One parsed source file."""

    def __init__(self, path: str) -> None:
        self.path = path

    @cached_property
    def tree(self) -> ast.Module:
        """The file as a syntax tree; empty where it can't be read (any more)."""
        try:
            return ast.parse(Path(self.path).read_bytes())
        except (OSError, SyntaxError, ValueError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def classes(self) -> dict[str, list[ast.ClassDef]]:
        """All classes by their qualified names, of which there may be several of one name."""
        found: dict[str, list[ast.ClassDef]] = {}
        for name, node in _classes(self.tree, ""):
            found.setdefault(name, []).append(node)
        return found

    @cached_property
    def calls(self) -> dict[int, ast.Call]:
        """By line the innermost call that is being made on it."""
        found: dict[int, ast.Call] = {}
        calls = (n for n in ast.walk(self.tree) if isinstance(n, ast.Call))
        for call in sorted(calls, key=lambda c: (c.end_lineno or c.lineno) - c.lineno):
            for line in range(call.lineno, (call.end_lineno or call.lineno) + 1):
                found.setdefault(line, call)
        return found

    def class_named(self, qualified: str, line: int | None) -> ast.ClassDef | None:
        """The class of that name; of several the one at `line`, or else the last."""
        found = self.classes.get(qualified, [])
        at = [n for n in found if line is not None and n.lineno <= line <= (n.end_lineno or n.lineno)]
        return (at or found or [None])[-1]  # type: ignore[list-item]


class Places:
    """Looks lines up; each file is parsed at most once."""

    def __init__(self) -> None:
        self._modules: dict[str, Module] = {}

    def module(self, path: str) -> Module:
        """The parsed file."""
        return self._modules.setdefault(path, Module(path))

    def of_class(self, cls: type, line: int | None = None) -> Line | None:
        """The `class` statement."""
        found = self._node(cls, line)
        return Line(found[0], found[1].lineno) if found else None

    def of_field(self, cls: type, name: str) -> Line | None:
        """The line of a field, in the class itself or in the base or mixin that brings it."""
        for base in cls.__mro__:
            if (found := self._node(base)) is None:
                continue
            path, node = found
            for statement in node.body:
                if name in _targets(statement):
                    return Line(path, statement.lineno)
        return None

    def of_table_argument(self, cls: type, words: tuple[str, ...], callee: str = "") -> Line | None:
        """The entry of `__table_args__` that holds all the words as strings; it calls what `callee` names."""
        for base in cls.__mro__:
            if (found := self._node(base)) is None:
                continue
            path, node = found
            for statement in node.body:
                if "__table_args__" in _targets(statement):
                    line = line_of(statement, words, callee=callee)
                    return Line(path, line) if line else None
        return None

    def of_call_argument(
        self, at: Line, words: tuple[str, ...], callee: str = "", *, leading: bool = False
    ) -> Line | None:
        """The argument, holding all the words, of the `Table(...)` call that is made at a line.

        leading: the first word is the argument's own first argument, as in `Column("id", ...)`.
        """
        call = self.module(at.path).calls.get(at.line)
        line = line_of(call, words, callee=callee, inside=True, leading=leading) if call else None
        return Line(at.path, line) if line is not None else None

    def _node(self, cls: type, line: int | None = None) -> tuple[str, ast.ClassDef] | None:
        path = getattr(sys.modules.get(cls.__module__), "__file__", None)
        if path is None or not path.endswith(".py") or cls.__module__.partition(".")[0] in _FRAMEWORKS:
            return None
        node = self.module(path).class_named(cls.__qualname__.replace("<locals>.", ""), line)
        return (path, node) if node is not None else None


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from _classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _classes(child, f"{prefix}{child.name}.")
        else:
            yield from _classes(child, prefix)


def _targets(statement: ast.stmt) -> set[str]:
    """The names that a statement of a class body defines."""
    if isinstance(statement, ast.AnnAssign):
        nodes: list[Any] = [statement.target]
    elif isinstance(statement, ast.Assign):
        nodes = list(statement.targets)
    elif isinstance(statement, ast.FunctionDef):
        return {statement.name}
    else:
        return set()
    return {n.id for n in nodes if isinstance(n, ast.Name)}


def unimported(folder: Path, imported: set[str]) -> Iterator[tuple[Path, list[str]]]:
    """Modules of a package that define `table=True` classes and were not imported, with those classes."""
    for path in sorted(folder.rglob("*.py")):
        if str(path) in imported or "__pycache__" in path.parts:
            continue
        tables = [n.name for nodes in Module(str(path)).classes.values() for n in nodes if _is_table(n)]
        if tables:
            yield path, tables


def _is_table(node: ast.ClassDef) -> bool:
    return any(
        k.arg == "table" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in node.keywords
    )
