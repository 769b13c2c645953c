"""Calls in source code, as far as constraints and columns are recognised by them."""

from __future__ import annotations

import ast
from functools import cache
from typing import NamedTuple

# What stands on just the columns that it names; others hold more strings than those.
_EXACT = ("Index", "UniqueConstraint", "PrimaryKeyConstraint")


class Said(NamedTuple):
    """A call: its line and length, whom it calls, and the strings in all of it and in its arguments."""

    line: int
    length: int
    callee: str
    first: object
    strings: frozenset[str]
    arguments: frozenset[str]


def line_of(
    node: ast.AST, words: tuple[str, ...], *, callee: str = "", inside: bool = False, leading: bool = False
) -> int | None:
    """The line of the innermost call in a piece of code that holds all the words as string literals.

    callee: what is called. inside: the piece is a call, and is not meant itself. leading: the first word is
    the call's first argument.
    """
    wanted = frozenset(words)
    holding = [
        c
        for c in calls_in(node)[1 if inside else 0 :]
        if c.callee.endswith(callee)
        and wanted <= c.strings
        and (not leading or c.first == words[0])
        and (callee not in _EXACT or c.arguments == wanted)
    ]
    best = min(holding, key=lambda c: c.length, default=None)
    return best.line if best is not None else None


@cache
def calls_in(node: ast.AST) -> tuple[Said, ...]:
    """All calls in a piece of code, the outermost first."""
    return tuple(_said(n) for n in ast.walk(node) if isinstance(n, ast.Call))


def _said(call: ast.Call) -> Said:
    first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    arguments = frozenset(s for a in call.args for s in _strings(a))
    length = (call.end_lineno or call.lineno) - call.lineno
    return Said(call.lineno, length, _name(call.func), first, _strings(call), arguments)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _strings(node: ast.AST) -> frozenset[str]:
    constants = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return frozenset(v for v in constants if isinstance(v, str))
