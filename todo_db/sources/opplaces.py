"""Which line of which revision file an object comes from, read from the `op.…` calls without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from todo_db.findings import Place
from todo_db.schema import FactKey, Key, display
from todo_db.sources.history import Revision

# Operation → (kind, index of the object's name, index of its table's name).
_NAMED = {
    "create_index": ("index", 0, 1),
    "create_unique_constraint": ("unique", 0, 1),
    "create_foreign_key": ("foreign key", 0, 1),
    "create_check_constraint": ("check", 0, 1),
    "create_primary_key": ("primary key", 0, 1),
    "create_exclude_constraint": ("exclusion", 0, 1),
}
_MEMBERS = {
    "PrimaryKeyConstraint": "primary key",
    "UniqueConstraint": "unique",
    "CheckConstraint": "check",
    "ForeignKeyConstraint": "foreign key",
    "ExcludeConstraint": "exclusion",
    "Index": "index",
}
# Keyword of alter_column → the fact that it states.
_FACTS = {"type_": "type", "nullable": "nullable", "server_default": "default", "comment": "comment"}
_SQL_KINDS = {"type": "enum", "table": "table", "schema": "schema", "extension": "extension"}
_SQL_KINDS |= {"domain": "domain", "sequence": "sequence"}
_CREATE = re.compile(
    r"\bcreate\s+(type|table|schema|extension|domain|sequence)\s+(?:if\s+not\s+exists\s+)?"
    r'(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)',
    re.IGNORECASE,
)
_CREATE_INDEX = re.compile(
    r'\bcreate\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?("[^"]+"|\w+)\s+on\s+(?:only\s+)?'
    r'(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)',
    re.IGNORECASE,
)
_ADD = re.compile(
    r'\balter\s+table\s+(?:only\s+)?(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)\s+add\s+(constraint|column)\s+("[^"]+"|\w+)',
    re.IGNORECASE,
)


def places(revisions: Iterable[Revision], root: Path) -> dict[FactKey, Place]:
    """Where the revisions, in this order, state objects and facts; paths are relative to `root`.

    It is a help for readers: what is computed at run time is not found, and then the table's line stands.
    """
    found: dict[FactKey, Place] = {}
    for revision in revisions:
        try:
            path = revision.path.resolve().relative_to(root.resolve()).as_posix()
        except ValueError:
            path = revision.path.as_posix()
        tree = ast.parse(revision.path.read_bytes())
        _Reader(path, found).read(tree)
    return found


class _Reader:
    """Reads the upgrade() of one revision into `found`."""

    def __init__(self, path: str, found: dict[FactKey, Place]) -> None:
        self.path = path
        self.found = found
        self.batch: tuple[str, str] | None = None  # the table of the `with op.batch_alter_table` around

    def read(self, tree: ast.Module) -> None:
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name != "downgrade":
                self._visit(node)

    def _visit(self, node: ast.AST) -> None:
        outer = self.batch
        if isinstance(node, ast.With):
            for item in node.items:
                if (
                    isinstance(item.context_expr, ast.Call)
                    and _name(item.context_expr) == "batch_alter_table"
                ):
                    self.batch = self._table(item.context_expr, 0)
        if isinstance(node, ast.Call):
            self._call(node)
        for child in ast.iter_child_nodes(node):
            self._visit(child)
        self.batch = outer

    def _call(self, node: ast.Call) -> None:
        name = _name(node)
        if name == "create_table" and (table := self._table(node, 0)):
            self._create_table(node, table)
        elif name == "add_column" and (table := self.batch or self._table(node, 0)):
            self._column(node.args[0 if self.batch else 1 :], table)
        elif name == "alter_column":
            self._alter_column(node)
        elif name in _NAMED:
            self._named(node, *_NAMED[name])
        elif name in ("Enum", "ENUM") and (label := _keyword(node, "name")):
            self._state("enum", node.lineno, _keyword(node, "schema") or "public", label)
        elif name == "execute":
            for text, line in _texts(node):
                self._sql(text, line)

    def _create_table(self, node: ast.Call, table: tuple[str, str]) -> None:
        self._state("table", node.lineno, *table)
        for argument in node.args[1:]:
            if not isinstance(argument, ast.Call):
                continue
            if _name(argument) == "Column":
                self._column([argument], table)
            elif (kind := _MEMBERS.get(_name(argument))) and (name := _keyword(argument, "name")):
                self._state(kind, argument.lineno, *table, name)

    def _column(self, arguments: list[ast.expr], table: tuple[str, str]) -> None:
        if arguments and isinstance(arguments[0], ast.Call) and (name := _text(arguments[0].args[:1])):
            self._state("column", arguments[0].lineno, *table, name)

    def _alter_column(self, node: ast.Call) -> None:
        table = self.batch or self._table(node, 0)
        column = _text(node.args[0 if self.batch else 1 :][:1])
        if table is None or column is None:
            return
        key = Key("column", display(*table, column))
        for keyword in node.keywords:
            if keyword.arg in _FACTS:
                self.found[key, _FACTS[keyword.arg]] = Place("migrations", self.path, keyword.value.lineno)
            elif keyword.arg == "new_table_name":
                self._state("column", node.lineno, *table, column)

    def _named(self, node: ast.Call, kind: str, own: int, parent: int) -> None:
        name = _text(node.args[own : own + 1])
        table = self.batch or self._table(node, parent)
        if name and table:
            self._state(kind, node.lineno, *table, name)

    def _sql(self, text: str, line: int) -> None:
        for match in _CREATE.finditer(text):
            kind = _SQL_KINDS[match[1].lower()]
            parts = (
                (_unquoted(match[2]),) if match[2] else () if kind in ("schema", "extension") else ("public",)
            )
            self._state(kind, line + text.count("\n", 0, match.start()), *parts, _unquoted(match[3]))
        for match in _CREATE_INDEX.finditer(text):
            schema = _unquoted(match[2]) if match[2] else "public"
            at = line + text.count("\n", 0, match.start())
            self._state("index", at, schema, _unquoted(match[3]), _unquoted(match[1]))
        for match in _ADD.finditer(text):
            table = (_unquoted(match[1]) if match[1] else "public", _unquoted(match[2]))
            kinds = ("column",) if match[3].lower() == "column" else _MEMBERS.values()
            for kind in kinds:
                self._state(kind, line + text.count("\n", 0, match.start()), *table, _unquoted(match[4]))

    def _table(self, node: ast.Call, index: int) -> tuple[str, str] | None:
        name = _text(node.args[index : index + 1]) or _keyword(node, "table_name")
        schema = _keyword(node, "schema") or _keyword(node, "source_schema") or "public"
        return (schema, name) if name else None

    def _state(self, kind: str, line: int, *parts: str) -> None:
        self.found[Key(kind, display(*parts)), ""] = Place("migrations", self.path, line)


def _name(node: ast.Call) -> str:
    """The last part of what is called: 'create_table' of op.create_table."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(arguments: list[ast.expr]) -> str | None:
    """A literal string, also within op.f(…)."""
    if not arguments:
        return None
    node = arguments[0]
    if isinstance(node, ast.Call) and _name(node) in ("f", "quoted_name", "conv") and node.args:
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keyword(node: ast.Call, name: str) -> str | None:
    return next((_text([k.value]) for k in node.keywords if k.arg == name), None)


def _texts(node: ast.Call) -> list[tuple[str, int]]:
    """All literal texts in the arguments of a call, with the lines where they begin."""
    return [
        (child.value, child.lineno)
        for argument in node.args
        for child in ast.walk(argument)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    ]


def _unquoted(name: str) -> str:
    return name[1:-1] if name.startswith('"') else name.lower()
