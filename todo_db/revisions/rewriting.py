"""Gives a revision file another parent; everything else in it stays as it is."""

from __future__ import annotations

import ast
import re

_REVISES = re.compile(r"^(Revises:[ \t]*)(.*)$", re.MULTILINE)


def reparented(source: str, parent: str) -> str:
    """The text with `down_revision = parent`, and with that in its docstring where it says `Revises:`."""
    tree = ast.parse(source)
    node = next(n.value for n in tree.body if _names(n) == ["down_revision"])  # type: ignore[attr-defined]
    lines = source.encode().splitlines(keepends=True)  # positions count bytes
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    data = source.encode()
    text = (data[:start] + f'"{parent}"'.encode() + data[end:]).decode()
    first = tree.body[0]
    if ast.get_docstring(tree) is None or first.end_lineno is None or first.lineno > node.lineno:
        return text
    whole = text.splitlines(keepends=True)
    docstring = "".join(whole[: first.end_lineno])
    said = _REVISES.sub(lambda m: m[1] + parent, docstring, count=1)
    return said + "".join(whole[first.end_lineno :])


def _names(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [t.id for t in targets if isinstance(t, ast.Name)]
