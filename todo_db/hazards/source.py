"""A revision file as text: where its statements are, what its comments accept, what only code tells."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_ALLOW = re.compile(
    r"#\s*todo-db:\s*allow\s+(?P<rules>[\w*-]+(?:\s*,\s*[\w*-]+)*)\s*[:,–—-]*\s*(?P<reason>.*)", re.I
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """`# todo-db: allow CODE reason`: the statement's lines that it is for, (0, 0) for the whole file."""

    rules: tuple[str, ...]
    reason: str
    line: int
    span: tuple[int, int]

    def covers(self, code: str, rule: str, line: int) -> bool:
        """Whether it is for a finding of this rule at this line."""
        named = any(word.lower() in (code.lower(), rule.lower()) for word in self.rules)
        return named and (self.span == (0, 0) or self.span[0] <= line <= self.span[1])


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an operation: `op.create_index(None, …)`."""

    name: str
    line: int
    node: ast.Call


class Source:
    """One revision file. Raises SyntaxError for what is no Python."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)

    @classmethod
    def read(cls, path: Path) -> Source:
        """The file at `path`, whatever encoding it declares."""
        with tokenize.open(path) as stream:
            return cls(stream.read())

    @cached_property
    def comments(self) -> dict[int, str]:
        """Line → the comment on it."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}

    @cached_property
    def statements(self) -> list[tuple[int, int]]:
        """First and last line of every statement within functions; those that hold others without these."""
        found = []
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.stmt) or isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else node.end_lineno
            found.append((node.lineno, max(node.lineno, end or node.lineno)))
        return sorted(found)

    def span(self, line: int) -> tuple[int, int]:
        """The lines of the statement that stands at a line."""
        around = [s for s in self.statements if s[0] <= line <= s[1]]
        return max(around, default=(line, line))

    @cached_property
    def waivers(self) -> list[Waiver]:
        """What the comments accept."""
        found = []
        for line, comment in self.comments.items():
            if match := _ALLOW.match(comment):
                rules = tuple(word.strip() for word in match["rules"].split(","))
                found.append(Waiver(rules, self._reason(match["reason"], line), line, self._for(line)))
        return found

    def _reason(self, begun: str, line: int) -> str:
        """The reason, which may go on in comment lines below."""
        words = [begun.strip()]
        lines = self.text.splitlines()
        while (below := self.comments.get(line + 1)) and lines[line].lstrip().startswith("#"):
            if _ALLOW.match(below):
                break
            words.append(below.lstrip("# "))
            line += 1
        return " ".join(words).strip()

    def _for(self, line: int) -> tuple[int, int]:
        first = next((n.lineno for n in self.tree.body if isinstance(n, ast.FunctionDef)), line + 1)
        if line < first:
            return (0, 0)
        own = self.span(line)
        if any(s[0] <= line <= s[1] for s in self.statements):
            return own
        below = [s for s in self.statements if s[0] > line]
        return min(below, default=(line, line))

    def explained(self, line: int) -> bool:
        """Whether a comment stands at the statement, or right above it."""
        first, last = self.span(line)
        lines = self.text.splitlines()
        above = first - 1
        while above >= 1 and not lines[above - 1].strip():
            above -= 1
        return any(n in self.comments for n in range(first, last + 1)) or above in self.comments

    # ---- code ---------------------------------------------------------------------------------------

    def function(self, name: str) -> ast.FunctionDef | None:
        """The function of that name at the top."""
        return next((n for n in self.tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)

    def calls(self, function: str = "upgrade") -> Iterator[Call]:
        """Calls within a function of the file, by the last part of what is called."""
        node = self.function(function)
        for child in ast.walk(node) if node is not None else ():
            if isinstance(child, ast.Call):
                called = child.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                yield Call(name, child.lineno, child)

    def does(self, function: str) -> bool:
        """Whether a function does anything but pass, return, or refuse."""
        node = self.function(function)
        return node is not None and not all(_idle(child) for child in node.body)

    @cached_property
    def imported(self) -> list[tuple[str, int]]:
        """Modules that are imported anywhere in the file, with their lines."""
        found: list[tuple[str, int]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
        return found

    def line_of(self, line: int, sql: str) -> int:
        """The line on which a statement begins that was sent from `line`: within a text of several lines."""
        first, last = self.span(line)
        head = sql.strip().partition("\n")[0].replace("%%", "%")
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            inside = first <= node.lineno and (node.end_lineno or 0) <= last
            if inside and "\n" in node.value and head in node.value:
                return node.lineno + node.value.count("\n", 0, node.value.index(head))
        return line


def _idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Pass | ast.Return | ast.Raise)
