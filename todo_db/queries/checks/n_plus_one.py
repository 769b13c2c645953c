"""A loop over rows that reads a lazy relationship, or asks the database, sends one query for each row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import Application
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Scope, Source, dotted

RULE = rule(
    "TD856",
    "query-per-row",
    Severity.WARNING,
    "a loop sends one query for each row",
    "Reading `task.comments` in a loop over tasks loads them one task at a time; with an async session it "
    "raises. Load them together: `select(Task).options(selectinload(Task.comments))`.",
)
_RESULTS = (
    "all",
    "scalars",
    "exec",
    "execute",
    "fetchall",
    "query",
    "unique",
    "stream_scalars",
    "partitions",
)
_ASKS = ("exec", "execute", "scalar", "scalars", "get", "get_one", "refresh")
_LOOPS: tuple[type[ast.AST], ...] = (
    *(ast.For, ast.AsyncFor),
    *(ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp),
)
_LOADERS = ("selectinload", "joinedload", "subqueryload", "immediateload", "contains_eager")


def find(source: Source, application: Application) -> Iterator[Hit]:
    for node in source.of(*_LOOPS):
        for target, iterated, bodies in _loops(node):
            scope = source.scope(node)
            if not _are_rows(source, scope, iterated):
                continue
            loaded = _loaded(source, scope)
            for body in bodies:
                yield from _in_body(application, target, body, loaded)


def _loops(node: ast.AST) -> Iterator[tuple[str, ast.expr, list[ast.AST]]]:
    """Name, what is iterated, and what is done for each, of loops and comprehensions."""
    if isinstance(node, ast.For | ast.AsyncFor) and isinstance(node.target, ast.Name):
        yield node.target.id, node.iter, list(node.body)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        for generator in node.generators:
            if isinstance(generator.target, ast.Name):
                yield generator.target.id, generator.iter, [node.elt, *generator.ifs]
    elif isinstance(node, ast.DictComp):
        for generator in node.generators:
            if isinstance(generator.target, ast.Name):
                yield generator.target.id, generator.iter, [node.key, node.value]


def _are_rows(source: Source, scope: Scope, node: ast.expr, depth: int = 5) -> bool:
    """Whether what is iterated came from the database in the same function."""
    if isinstance(node, ast.Await):
        return _are_rows(source, scope, node.value, depth)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RESULTS:
        inner = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
        return any(n.func.attr in ("exec", "execute", "scalars", "query", "stream_scalars") for n in inner)  # type: ignore[attr-defined]
    if isinstance(node, ast.Name) and depth:  # a name may be made of itself: rows = await rows
        values = source.assigned(scope, node.id)
        return any(not isinstance(v, ast.Name) and _are_rows(source, scope, v, depth - 1) for v in values)
    return False


def _loaded(source: Source, scope: Scope) -> set[str]:
    """Relationships that a loader option of the function names."""
    found: set[str] = set()
    for node in source.within(scope):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in _LOADERS:
            found |= {n.attr for a in node.args for n in ast.walk(a) if isinstance(n, ast.Attribute)}
    return found


def _in_body(application: Application, target: str, body: ast.AST, loaded: set[str]) -> Iterator[Hit]:
    for node in ast.walk(body):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and isinstance(node.value, ast.Name)
            and node.value.id == target
            and node.attr in application.lazy - loaded
        ):
            yield Hit(
                node,
                f"{target}.{node.attr}",
                f"{target}.{node.attr} is loaded for each row of the loop",
                f".options(selectinload(….{node.attr})) on the statement",
            )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKS:
            owner = dotted(node.func.value).rpartition(".")[2]
            if owner in ("session", "db", "s", "conn", "connection") or owner.endswith("_session"):
                yield Hit(
                    node,
                    dotted(node.func),
                    f"{dotted(node.func)}() is called for each row of the loop",
                    "ask once for all: .where(Model.key.in_([…])), or a join",
                )


CHECK = Check(RULE, find)
