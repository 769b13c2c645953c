"""SQL that is put together from strings lets whoever chooses a string choose the statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import Application
from todo_db.queries.checks.raw_sql import sql_text
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Source, dotted

RULE = rule(
    "TD853",
    "built-sql",
    Severity.ERROR,
    "SQL is built from strings",
    "An f-string, `%`, `+` or `.format()` that ends up in a statement is an injection waiting for its value. "
    "Bind values: `text('… where id = :id').bindparams(id=…)`; quote names with `psycopg.sql.Identifier`.",
)


def find(source: Source, application: Application) -> Iterator[Hit]:
    for node in source.of(ast.Call):
        text = sql_text(source, node)
        if text is None and node.args and source.from_library(node, "literal_column"):
            text = node.args[0]
        if isinstance(text, ast.expr) and (how := _built(text)):
            yield Hit(
                node,
                dotted(node.func),
                f"SQL built with {how}",
                "bind values: text('… where id = :id').bindparams(id=…)",
            )


def _built(node: ast.expr) -> str | None:
    """How a text is put together from what is not constant; None where it is not."""
    if _is_constant(node):
        return None
    if isinstance(node, ast.JoinedStr):
        return "an f-string"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return "+" if isinstance(node.op, ast.Add) else "%"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "format" and isinstance(node.func.value, ast.Constant):
            return ".format()"
        if node.func.attr == "join" and isinstance(node.func.value, ast.Constant):
            return ".join()"
    return None


def _is_constant(node: ast.AST) -> bool:
    """Whether nothing of a text comes from a value: literals, and names in capitals, which are constants."""
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return all(n.id.strip("_").isupper() for n in names)


CHECK = Check(RULE, find)
