"""What a check of queries is: a rule, and a function that finds places in a file."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from todo_db.findings import Rule, Severity, register
from todo_db.queries.application import Application
from todo_db.queries.source import Source


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a rule is broken. what: of which object (a class, a call)."""

    node: ast.AST
    what: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Check:
    rule: Rule
    find: Callable[[Source, Application], Iterator[Hit]]


WAIVER = register(
    Rule(
        "TD859",
        "waiver-without-reason",
        Severity.ERROR,
        "a waiver does not say why",
        "`# todo-db: ignore[TD851] reason` accepts a finding on its line or on the line below. Without a "
        "reason nobody can later tell whether it still holds; such a waiver accepts nothing.",
    )
)


def rule(code: str, name: str, severity: Severity, title: str, explain: str) -> Rule:
    """Make a rule known to `todo-db explain`."""
    return register(Rule(code, name, severity, title, explain))
