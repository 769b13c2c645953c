"""SQL written as text is beyond what a session can scope, so somebody has to say why it is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import Application
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Source, dotted

RULE = rule(
    "TD852",
    "raw-sql",
    Severity.WARNING,
    "SQL as text without a stated reason",
    "Nothing holds text to one user's rows but row level security. Where it has to be, say why and who "
    "agreed, beside it or on the line above: `# raw-sql: full-text ranking, approved in #123`.",
)
# Text that reads or writes no table is nobody's row: SELECT 1, SHOW …, SET LOCAL ….
_TOUCHES = re.compile(r"\b(from|into|update|delete|join|truncate|call|merge|copy|table)\b", re.IGNORECASE)
_RUNS = (
    "execute",
    "exec",
    "exec_driver_sql",
    "executemany",
    "scalar",
    "scalars",
    "fetch",
    "fetchval",
    "fetchrow",
)
# Text as part of a schema: the catalog's readers look at it.
_SCHEMA_WORDS = frozenset(
    {"server_default", "postgresql_where", "onupdate", "sqltext", "server_onupdate", "check", "sqlite_where"}
)
_SCHEMA_CALLS = frozenset(
    {"Column", "Field", "Index", "CheckConstraint", "DDL", "Computed", "mapped_column", "DefaultClause"}
)


def find(source: Source, application: Application) -> Iterator[Hit]:
    for node in source.of(ast.Call):
        text = sql_text(source, node)
        if text is None or _is_schema(source, node) or not _touches(text) or _is_sqlite(source):
            continue
        if not source.raw_sql_reason(node):
            yield Hit(
                node,
                dotted(node.func),
                "SQL as text, without a reason",
                "write it with select(…) of models, or say why: # raw-sql: why, where approved",
            )


def _touches(text: str | ast.expr) -> bool:
    """Whether it may read or write a table; of an f-string its constant parts tell."""
    if isinstance(text, ast.JoinedStr):
        text = "".join(str(p.value) if isinstance(p, ast.Constant) else " x " for p in text.values)
    return not isinstance(text, str) or _TOUCHES.search(text) is not None


def _is_sqlite(source: Source) -> bool:
    """Whether it goes to a file of SQLite's own driver, which is no database of users' rows here."""
    drivers = {name.partition(".")[0] for name in source.imports.values()}
    return "sqlite3" in drivers and not drivers & {"sqlalchemy", "sqlmodel", "psycopg", "psycopg2", "asyncpg"}


def sql_text(source: Source, call: ast.Call) -> str | ast.expr | None:
    """The SQL that a call is given as text: the constant, or what makes it; None: it is none."""
    if not call.args:
        return None
    first = call.args[0]
    if source.from_library(call, "text"):
        return _constant(source, first)
    method = dotted(call.func).rpartition(".")[2]
    if method in _RUNS and isinstance(call.func, ast.Attribute):
        found = _constant(source, first)
        if isinstance(found, str) and re.match(
            r"\s*(select|insert|update|delete|with|call|truncate|copy)\b", found, re.I
        ):
            return found
        if isinstance(found, ast.JoinedStr | ast.BinOp) and _is_sql(found):
            return found
    return None


def _constant(source: Source, node: ast.expr) -> str | ast.expr:
    """A literal, also one that a name of the same function or module stands for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        values = source.assigned(source.scope(node), node.id) or source.assigned(source.tree, node.id)
        if len(values) == 1 and not isinstance(values[0], ast.Name):
            return _constant(source, values[0])
    return node


def _is_sql(node: ast.AST) -> bool:
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return any(re.match(r"\s*(select|insert|update|delete|with|truncate)\b", t, re.IGNORECASE) for t in texts)


def _is_schema(source: Source, node: ast.AST) -> bool:
    for parent in source.above(node):
        if isinstance(parent, ast.keyword) and parent.arg in _SCHEMA_WORDS:
            return True
        if isinstance(parent, ast.Call):
            name = dotted(parent.func)
            if name.rpartition(".")[2] in _SCHEMA_CALLS or name.startswith("op."):
                return True
        if isinstance(parent, ast.stmt):
            return False
    return False


CHECK = Check(RULE, find)
