"""YAML nodes read strictly: what is unknown, doubled or of the wrong kind is a finding with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from todo_db.findings import Finding, Place, Rule
from todo_db.spec import rules

if TYPE_CHECKING:
    from yaml.nodes import Node

MAX_BYTES: Final = 16_000_000
MAX_DEPTH: Final = 40
_DEEP = re.compile(r"^\s*(?:[-?:]\s+){20,}", re.MULTILINE)

SYNONYMS: Final[Mapping[str, str]] = {
    "pk": "primary_key",
    "primarykey": "primary_key",
    "fk": "references",
    "foreign_key": "references",
    "null": "nullable",
    "not_null": "required",
    "auto_increment": "autoincrement",
    "ondelete": "on_delete",
    "onupdate": "on_update",
    "length": "max_length",
    "fields": "columns",
    "managedby": "managed_by",
    "constraints": "checks",
    "unique_constraints": "uniques",
    "expression": "expr",
    "check": "expr",
    "using": "method",
    "serverdefault": "server_default",
    "deletes": "on_delete",
}
"""Spellings that people use for a key, as far as they mean exactly that key."""

_IGNORED = frozenset({"place", "line", "questions", "version", "$schema", "passed_over", "side"})
Mapped: TypeAlias = dict[str, tuple["Node", "Node"]]
Seen: TypeAlias = dict[str, tuple[str, int]]  # names in lower case: as written, in which line


@dataclass(slots=True)
class NodeReader:
    """Reads the nodes of one file; `findings` collects what is wrong with them, `respelled` the keys that
    are read as another one."""

    path: str
    findings: list[Finding] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    respelled: list[tuple[Node, str]] = field(default_factory=list)

    def compose(self, text: str) -> Node | None:
        """The node graph; None where the text is no YAML, or is refused."""
        import yaml

        if refusal := _refusal(text):
            self.report(rules.REFUSED, 1, f"The file was refused: {refusal}.")
            return None
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            node: Node | None = yaml.compose(text, Loader=loader)
        except (yaml.YAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            problem = getattr(error, "problem", None) or "it cannot be read"
            self.report(rules.YAML_SYNTAX, line, f"The file is not valid YAML: {problem}.")
            return None
        return node

    def place(self, node: Node) -> Place:
        return Place("spec", self.path, node.start_mark.line + 1)

    def report(self, rule: Rule, at: Node | int, message: str, hint: str | None = None) -> None:
        line = at if isinstance(at, int) else at.start_mark.line + 1
        place = Place("spec", self.path, line)
        self.findings.append(rules.finding(rule, "file", f"{self.path}:{line}", message, (place,), hint=hint))

    def mapping(self, node: Node, allowed: frozenset[str] | None, what: str) -> Mapped:
        """The entries of a mapping by key; `allowed` None: the keys are names."""
        from yaml.nodes import MappingNode

        if not self.once(node):
            return {}
        if not isinstance(node, MappingNode):
            if not is_null(node):
                self.report(rules.YAML_VALUE, node, f"{what} is a mapping of keys and values.")
            return {}
        found: Mapped = {}
        seen: Seen = {}
        for key_node, value in node.value:
            key = self.key(str(key_node.value), allowed, key_node, what)
            if key is not None and self.first(key, seen, key_node, what):
                found[key] = (key_node, value)
        return found

    def first(self, name: str, seen: Seen, node: Node, what: str) -> bool:
        """Whether a name is met for the first time, in any case of its letters; else a finding says where
        it was."""
        line = node.start_mark.line + 1
        if name.lower() not in seen:
            seen[name.lower()] = (name, line)
            return True
        before, at = seen[name.lower()]
        if before == name:
            self.report(rules.YAML_DUPLICATE, node, f"{name} stands twice in {what}; first in line {at}.")
        else:
            said = f"{name} and {before} (line {at}) differ only in case in {what}; only {before} is read."
            hint = "One name is meant, or two that nobody can tell apart: write it once."
            self.report(rules.YAML_DUPLICATE, node, said, hint)
        return False

    def key(self, written: str, allowed: frozenset[str] | None, node: Node, what: str) -> str | None:
        """A key in its own spelling, or None after a finding."""
        if allowed is None and not is_name(node):
            self.report(rules.YAML_VALUE, node, f"What is to be a name in {what} is none.")
            return None
        if allowed is None or written in allowed:
            return written
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", written).lower().replace("-", "_").replace(" ", "_")
        for candidate in (snake, SYNONYMS.get(snake, "")):
            if candidate in allowed:
                self.respelled.append((node, candidate))
                return candidate
        if snake in _IGNORED:
            return None
        close = difflib.get_close_matches(snake, allowed, 1)
        hint = f"Did you mean {close[0]}?" if close else f"{what} takes {', '.join(sorted(allowed))}."
        self.report(rules.YAML_KEY, node, f"{what} has no key {written}.", hint)
        return None

    def once(self, node: Node) -> bool:
        """Whether a node is met for the first time; a second time it came by an alias."""
        if id(node) in self.seen:
            self.report(rules.REFUSED, node, "Aliases are not read; write the value out.")
            return False
        self.seen.add(id(node))
        return True

    def items(self, node: Node, what: str) -> list[Node]:
        from yaml.nodes import SequenceNode

        if not self.once(node):
            return []
        if isinstance(node, SequenceNode):
            return list(node.value)
        if not is_null(node):
            self.report(rules.YAML_VALUE, node, f"{what} is a list.")
        return []

    def names(self, node: Node, what: str) -> tuple[str, ...]:
        """A list of names; a single name stands for a list of one."""
        from yaml.nodes import ScalarNode

        if isinstance(node, ScalarNode):
            return tuple(n.strip() for n in node.value.split(",")) if not is_null(node) else ()
        return tuple(str(n.value) for n in self.items(node, what) if self.scalar(n, what))

    def scalar(self, node: Node, what: str) -> bool:
        from yaml.nodes import ScalarNode

        if isinstance(node, ScalarNode):
            return True
        self.report(rules.YAML_VALUE, node, f"{what} takes a single value.")
        return False

    def text(self, node: Node, what: str) -> str | None:
        """A scalar as written; None for null."""
        return None if not self.scalar(node, what) or is_null(node) else str(node.value)

    def flag(self, node: Node, what: str) -> bool | None:
        """Yes, no, or None for null."""
        text = self.text(node, what)
        if text is None:
            return None
        if text.lower() in ("true", "yes", "on"):
            return True
        if text.lower() in ("false", "no", "off"):
            return False
        self.report(rules.YAML_VALUE, node, f"{what} is true or false, not {text!r}.")
        return None

    def number(self, node: Node, what: str) -> int | None:
        text = self.text(node, what)
        if text is None or re.fullmatch(r"-?\d{1,18}", text):
            return None if text is None else int(text)
        self.report(rules.YAML_VALUE, node, f"{what} is a whole number, not {text!r}.")
        return None


def is_name(node: Node) -> bool:
    """Whether a node can be a name: one text that is not empty."""
    return isinstance(node.value, str) and bool(node.value.strip())


def is_null(node: Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _refusal(text: str) -> str | None:
    """Why a text is not even parsed."""
    if len(text) > MAX_BYTES:
        return f"it is larger than {MAX_BYTES // 1_000_000} MB"
    depth = deepest = 0
    for found in re.finditer(r"[\[\]{}]", text):
        depth += 1 if found.group() in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH or _DEEP.search(text):
        return f"it is nested more than {MAX_DEPTH} deep"
    return None
