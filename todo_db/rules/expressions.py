"""What an expression in a model says: annotations taken apart, keyword arguments, literal values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from todo_db.rules.source import Module, Project

COLLECTIONS = frozenset(
    {"list", "set", "tuple", "typing.List", "typing.Set", "typing.Sequence", "collections.abc.Sequence"}
)
_OPTIONAL = ("typing.Optional", "typing_extensions.Optional")
_UNION = ("typing.Union", "typing_extensions.Union")
_ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")
_WRAPPERS = ("sqlalchemy.orm.Mapped", "typing.ClassVar", "typing.Final")
_ANYTHING = ("typing.Any", "typing_extensions.Any", "object", "")


class Silent(Enum):
    """The type of `SILENT`."""

    SILENT = "silent"


SILENT: Final = Silent.SILENT
"""For a value that is not literal, so that reading the source does not tell it."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation taken apart.

    target: the dotted name of the type proper, of the element in a collection; empty where it has none.
    optional: whether None is allowed; None where the source does not tell. metadata: what Annotated adds.
    """

    target: str = ""
    optional: bool | None = None
    collection: bool = False
    metadata: tuple[ast.expr, ...] = ()
    node: ast.expr | None = field(default=None, compare=False)


def read_annotation(project: Project, module: Module, node: ast.expr | None, depth: int = 0) -> Annotation:
    """Take an annotation apart; strings and aliases of the project's modules are followed."""
    if node is None or depth > 8:
        return Annotation()
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and (parsed := _parse(node.value)) is not None:
            return read_annotation(project, module, parsed, depth + 1)
        return Annotation(target="None", optional=True) if node.value is None else Annotation()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union(project, module, [node.left, node.right], depth)
    if isinstance(node, ast.Subscript):
        return _subscript(project, module, node, depth)
    return _named(project, module, node, depth)


def _named(project: Project, module: Module, node: ast.expr, depth: int) -> Annotation:
    dotted = project.follow(module.dotted(node))
    if (alias := project.value(dotted)) is not None:
        return read_annotation(project, alias[0], alias[1], depth + 1)
    return Annotation(
        target=dotted, optional=None if dotted in _ANYTHING else False, collection=dotted in COLLECTIONS
    )


def _subscript(project: Project, module: Module, node: ast.Subscript, depth: int) -> Annotation:
    outer = project.follow(module.dotted(node.value))
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if outer in _OPTIONAL:
        return _union(project, module, [*items, ast.Constant(None)], depth)
    if outer in _UNION:
        return _union(project, module, items, depth)
    if outer in _ANNOTATED:
        inner = read_annotation(project, module, items[0], depth + 1)
        return Annotation(
            inner.target, inner.optional, inner.collection, (*inner.metadata, *items[1:]), items[0]
        )
    if outer in _WRAPPERS:
        return read_annotation(project, module, items[0], depth + 1)
    if outer in COLLECTIONS:
        return Annotation(read_annotation(project, module, items[0], depth + 1).target, False, True)
    return Annotation(target=outer, optional=False if outer else None)


def _union(project: Project, module: Module, parts: list[ast.expr], depth: int) -> Annotation:
    read = [read_annotation(project, module, part, depth + 1) for part in parts]
    proper = [a for a in read if a.target != "None"]
    nothing = any(a.target == "None" or a.optional for a in read)
    first = proper[0] if len(proper) == 1 else Annotation()
    metadata = tuple(m for a in read for m in a.metadata)
    known = nothing or None if any(a.optional is None for a in read) else nothing
    return Annotation(first.target, known, first.collection, metadata)


def _parse(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def keywords(call: ast.Call | None) -> dict[str, ast.expr]:
    """The keyword arguments of a call, those of a literal `**{…}` too."""
    found: dict[str, ast.expr] = {}
    for keyword in call.keywords if call is not None else ():
        if keyword.arg is not None:
            found[keyword.arg] = keyword.value
        elif isinstance(keyword.value, ast.Dict):
            found |= items(keyword.value)
    return found


def items(node: ast.expr | None) -> dict[str, ast.expr]:
    """The entries of a dict that is written out, be it as `dict(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        return keywords(node)
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {k.value: v for k, v in pairs if isinstance(k, ast.Constant) and isinstance(k.value, str)}


def literal(node: ast.expr | None) -> object:
    """The value of a literal; SILENT for anything that has to be run."""
    return node.value if isinstance(node, ast.Constant) else SILENT


def text(node: ast.expr | None) -> str | None:
    """The value of a string literal."""
    value = literal(node)
    return value if isinstance(value, str) else None


def calls(node: ast.AST | None) -> Iterator[ast.Call]:
    """Every call in an expression or a statement, the outermost first."""
    if node is not None:
        yield from (n for n in ast.walk(node) if isinstance(n, ast.Call))


def strings(node: ast.AST | None) -> set[str]:
    """Every string literal in an expression."""
    if node is None:
        return set()
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
