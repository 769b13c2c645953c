"""One file of an application: its tree, its comments, and what it imports under which name."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

_WAIVER = re.compile(r"#\s*todo-db:\s*ignore\[(?P<rules>[^\]]*)\]\s*(?P<reason>.*)")
_RAW = re.compile(r"#\s*raw-sql:\s*(?P<reason>.*)")
_MARKS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)  # one object for all places
N = TypeVar("N", bound=ast.AST)
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


@dataclass(frozen=True, slots=True)
class Waiver:
    """A comment that accepts findings of the line it stands on or above."""

    line: int
    rules: frozenset[str]
    reason: str


@dataclass
class Source:
    """path: as it is shown. Raises SyntaxError for text that is no Python."""

    path: str
    text: str
    tree: ast.Module = field(init=False)

    parents: dict[ast.AST, ast.AST] = field(init=False, default_factory=dict)
    _by_type: dict[type[ast.AST], list[ast.AST]] = field(init=False, default_factory=dict)
    _within: dict[ast.AST, list[ast.AST]] = field(init=False, default_factory=dict)
    _assigned: dict[ast.AST, dict[str, list[ast.expr]]] = field(init=False, default_factory=dict)
    _named: dict[ast.AST, dict[str, list[ast.Name]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Parse, and walk the tree once for all rules: what each node stands in, and the nodes by type."""
        self.tree = ast.parse(self.text)
        found = self._within[self.tree] = [self.tree]
        for node in found:  # grows as it goes
            self._by_type.setdefault(type(node), []).append(node)
            for child in _children(node):
                self.parents[child] = node
                found.append(child)

    def of(self, *types: type[N]) -> Iterator[N]:
        """All nodes of these types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())  # type: ignore[misc]

    @property
    def is_revision(self) -> bool:
        """Whether it is a revision of Alembic's: that is schema, which `migrate lint` looks at."""
        named = {t.id for line in self.tree.body for t in _targets(line) if isinstance(t, ast.Name)}
        return {"revision", "down_revision"} <= named

    def within(self, part: ast.AST) -> list[ast.AST]:
        """All nodes of a module or a function, walked once."""
        found = self._within.get(part)
        if found is None:
            found = self._within[part] = [part]
            for node in found:
                found.extend(_children(node))
        return found

    def assigned(self, scope: Scope, name: str) -> list[ast.expr]:
        """What is assigned to a name within a function, in order."""
        found = self._assigned.get(scope)
        if found is None:
            found = self._assigned[scope] = {}
            for target, value in _assignments(self.within(scope)):
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(value)
        return found.get(name, [])

    def gained(self, scope: Scope, name: str) -> list[ast.expr]:
        """As `assigned`, and what a loop over a name goes through."""
        loops = [
            node.iter
            for node in self.within(scope)
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
            and any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node.target))
        ]
        return [*self.assigned(scope, name), *loops]

    def named(self, scope: Scope, name: str) -> list[ast.Name]:
        """Where a name stands within a function, in order."""
        found = self._named.get(scope)
        if found is None:
            found = self._named[scope] = {}
            for node in self.within(scope):
                if isinstance(node, ast.Name):
                    found.setdefault(node.id, []).append(node)
        return found.get(name, [])

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, innermost first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def scope(self, node: ast.AST) -> Scope:
        """The function that a node stands in, or the module."""
        for parent in self.above(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
                return parent
        return self.tree

    def statement(self, node: ast.AST) -> ast.stmt:
        """The whole statement of which a node is part."""
        for part in (node, *self.above(node)):
            if isinstance(part, ast.stmt):
                return part
        raise ValueError("a module is no statement")

    @cached_property
    def comments(self) -> dict[int, str]:
        """Comments by line; of text that cannot hold one of ours, none."""
        if "todo-db:" not in self.text and "raw-sql:" not in self.text:
            return {}
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(self.text).readline))
        except tokenize.TokenError:
            return {}
        return {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}

    @cached_property
    def waivers(self) -> tuple[Waiver, ...]:
        """All `# todo-db: ignore[TD851] reason`."""
        found = []
        for line, comment in self.comments.items():
            if match := _WAIVER.search(comment):
                rules = frozenset(r.strip() for r in match["rules"].split(",") if r.strip())
                found.append(Waiver(line, rules, match["reason"].strip()))
        return tuple(found)

    def raw_sql_reason(self, node: ast.AST) -> str | None:
        """What `# raw-sql:` says beside a statement or above it; None where it says nothing."""
        statement = self.statement(node)
        for line in self.lines_of(statement):
            if match := _RAW.search(self.comments.get(line, "")):
                return match["reason"].strip()
        return None

    def lines_of(self, node: ast.stmt) -> range:
        """The lines of a statement's head, and the one above. A block counts up to where its body begins."""
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno or node.lineno
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        return range(first - 1, max(last, node.lineno) + 1)

    @cached_property
    def imports(self) -> dict[str, str]:
        """What a name stands for: 'text' → 'sqlalchemy.text'."""
        found: dict[str, str] = {}
        for node in self.of(ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = alias.name
        for origin in self.of(ast.ImportFrom):
            for alias in origin.names:
                found[alias.asname or alias.name] = f"{origin.module or ''}.{alias.name}"
        return found

    def called(self, call: ast.Call) -> str:
        """The full name of what is called, as far as imports tell: 'sqlalchemy.text', 'session.exec'."""
        name = dotted(call.func)
        first, dot, rest = name.partition(".")
        return self.imports.get(first, first) + dot + rest

    def from_library(self, call: ast.Call, *names: str) -> bool:
        """Whether one of SQLAlchemy's or SQLModel's functions of that name is called."""
        package, _, name = self.called(call).rpartition(".")
        return name in names and package.partition(".")[0] in ("sqlalchemy", "sqlmodel")


def dotted(node: ast.AST) -> str:
    """`a.b.c` of names and attributes; what is called or indexed on the way is '?'."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def _targets(line: ast.stmt) -> list[ast.expr]:
    if isinstance(line, ast.Assign):
        return line.targets
    return [line.target] if isinstance(line, ast.AnnAssign) else []


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.iter_child_nodes`, without contexts and operators, which stand for themselves."""
    for value in vars(node).values():
        if isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST) and not isinstance(item, _MARKS):
                    yield item
        elif isinstance(value, ast.AST) and not isinstance(value, _MARKS):
            yield value


def _assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and node.value is not None:
            yield node.target, node.value
