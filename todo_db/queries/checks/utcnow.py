"""`datetime.utcnow` gives a time without a zone, which SQLModel 0.0.45 and newer refuse to store."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import Application
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Source, dotted

RULE = rule(
    "TD857",
    "naive-now",
    Severity.ERROR,
    "datetime.utcnow gives a time without a zone",
    "From SQLModel 0.0.45 on a `datetime` column is `timestamp with time zone`, and a naive value raises "
    "when the statement runs. Deprecated in Python 3.12. Use `datetime.now(timezone.utc)`.",
)
_NAMES = ("utcnow", "utcfromtimestamp")


def find(source: Source, application: Application) -> Iterator[Hit]:
    for node in source.of(ast.Attribute):
        if node.attr in _NAMES and _is_datetime(source, node.value):
            yield Hit(
                node,
                f"datetime.{node.attr}",
                f"datetime.{node.attr} gives a time without a zone",
                "datetime.now(timezone.utc), as a default_factory in a lambda",
            )


def _is_datetime(source: Source, node: ast.expr) -> bool:
    first, _, rest = dotted(node).partition(".")
    return f"{source.imports.get(first, first)}.{rest}".strip(".").endswith("datetime")


CHECK = Check(RULE, find)
