"""`with_loader_criteria` without `include_aliases=True` leaves every alias of the class open."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import Application
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Source, dotted, keyword

RULE = rule(
    "TD855",
    "criteria-without-aliases",
    Severity.ERROR,
    "with_loader_criteria does not filter aliases",
    "Without `include_aliases=True` an `aliased(Task)` is not filtered, and a criterion on a mixin filters "
    "nothing at all. Nothing is said about it. Better still is a session that scopes every statement.",
)


def find(source: Source, application: Application) -> Iterator[Hit]:
    for node in source.of(ast.Call):
        if dotted(node.func).rpartition(".")[2] != "with_loader_criteria":
            continue
        value = keyword(node, "include_aliases")
        if not (isinstance(value, ast.Constant) and value.value is True):
            yield Hit(
                node,
                "with_loader_criteria",
                "with_loader_criteria without include_aliases=True leaves aliases open",
                "add include_aliases=True, or use UserSessions",
            )


CHECK = Check(RULE, find)
