"""Fenced SQLModel and SQLAlchemy classes, read from their syntax tree and never executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from todo_db.spec import rules
from todo_db.spec.document import EnumSpec
from todo_db.spec.markdown import Fence
from todo_db.spec.notations.pyfields import FieldReading, call_name, last_name, read_assignment, read_field
from todo_db.spec.notations.pytableargs import table_args
from todo_db.spec.source import Source
from todo_db.spec.statements import Firmness, Notation, Statement, TableName, about_column

_LANGUAGES = {"python", "py", "python3", "sqlmodel", "sqlalchemy", ""}
_CLASS = re.compile(r"^(?:@\w[^\n]*\n)*class\s+\w+", re.MULTILINE)
_VARIANT = re.compile(
    r"(?:Create|Update|Read|Response|Request|Base|Public|In|Out|Schema|DTO|Patch|Input|Output|Config|Settings|Token|Login|Register|Error|Service|Repository|Mixin)\w*\Z"
)


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of the document; `line` is that of its fence's first line."""

    node: ast.ClassDef
    line: int

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def bases(self) -> list[str]:
        return [last_name(b) for b in self.node.bases]

    @property
    def is_enum(self) -> bool:
        return any(b in ("Enum", "StrEnum", "IntEnum") for b in self.bases)

    @property
    def is_table(self) -> bool:
        """`table=True`, or a declarative class with a table name or mapped columns."""
        if any(k.arg == "table" and ast.unparse(k.value) == "True" for k in self.node.keywords):
            return True
        return "SQLModel" not in self.bases and (
            self.table_name is not None or any(_is_mapped(s) for s in self.node.body)
        )

    @property
    def table_name(self) -> str | None:
        for statement in self.node.body:
            target, value = _assigned(statement)
            if target == "__tablename__" and isinstance(value, ast.Constant):
                return str(value.value)
        return None


@dataclass
class _Classes:
    """All classes of a document by name; one that is shown twice keeps the definition with the table name."""

    by_name: dict[str, list[_Class]] = field(default_factory=dict)

    def add(self, cls: _Class) -> None:
        self.by_name.setdefault(cls.name, []).append(cls)

    def get(self, name: str) -> _Class | None:
        return next(iter(self.by_name.get(name, ())), None)

    def table_name(self, cls: _Class) -> TableName:
        stated = next((n for c in self.by_name.get(cls.name, ()) if (n := c.table_name)), None)
        if stated is not None:
            return TableName(stated)
        return TableName(cls.name.lower(), Firmness.DERIVED)

    @cached_property
    def enums(self) -> dict[str, tuple[str, ...]]:
        """The labels of each Enum class, asked once all are there: the names of its members, as SQLModel
        stores them."""
        return {n: _members(cs[0]) for n, cs in self.by_name.items() if cs[0].is_enum}

    def fields(self, cls: _Class, seen: frozenset[str] = frozenset()) -> Iterator[tuple[_Class, ast.stmt]]:
        """The statements of a class's body after those of its bases."""
        for base in cls.bases:
            parent = self.get(base)
            if parent is not None and base not in seen and base != cls.name:
                yield from self.fields(parent, seen | {cls.name})
        for statement in cls.node.body:
            yield cls, statement


def read_python(source: Source) -> Iterator[Statement]:
    """Statements of every table class in the document's fences of Python."""
    classes = _Classes()
    yield from _collect(source, classes)
    for definitions in classes.by_name.values():
        for cls in definitions:
            if cls.is_table:
                yield from _table(source, classes, cls)


def read_plain_classes(source: Source) -> Iterator[Statement]:
    """Classes that are no tables (pydantic, dataclasses), for documents that state no table in any other
    way."""
    classes = _Classes()
    for _ in _collect(source, classes):
        pass
    for definitions in classes.by_name.values():
        cls = definitions[0]
        if not cls.is_enum and not cls.is_table and not _VARIANT.search(cls.name) and _is_record(cls):
            yield from _table(source, classes, cls, TableName(cls.name.lower(), Firmness.ENTITY))


def _is_record(cls: _Class) -> bool:
    fields = [s for s in cls.node.body if isinstance(s, ast.AnnAssign)]
    decorated = any("dataclass" in ast.unparse(d) for d in cls.node.decorator_list)
    return len(fields) >= 2 and (decorated or any(b in ("BaseModel", "SQLModel", "Base") for b in cls.bases))


def _collect(source: Source, classes: _Classes) -> Iterator[Statement]:
    for fence in source.blocks(Fence):
        if fence.language in _LANGUAGES and _CLASS.search(fence.text):
            tree, broken = _parse(fence.text)
            for cls in (_Class(n, fence.line) for n in tree if isinstance(n, ast.ClassDef)):
                classes.add(cls)
            if broken and re.search(r"table\s*=\s*True|__tablename__", fence.text) and fence.language:
                place = source.place(fence.line + broken - 1)
                message = (
                    f"The Python code from line {fence.line} on is not valid; what could not "
                    f"be read was left out."
                )
                found = rules.finding(rules.UNREADABLE, "file", str(place), message, (place,))
                yield Statement(None, "finding", found, place, Notation.CODE)


def _parse(text: str) -> tuple[list[ast.stmt], int]:
    """The statements of a module; where it is broken, those of each class that is not, and the broken
    line."""
    try:
        return ast.parse(text).body, 0
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        broken = getattr(error, "lineno", None) or 1
    starts = [m.start() for m in _CLASS.finditer(text)]
    body: list[ast.stmt] = []
    before = position = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        before += text.count("\n", position, start)
        position = start
        body += (ast.increment_lineno(node, before) for node in _parse_piece(text[start:end]))
    return body, broken


def _parse_piece(text: str) -> list[ast.stmt]:
    """One class; lines from the first broken one on are given up."""
    lines = text.split("\n")
    for _ in range(20):
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            cut = (getattr(error, "lineno", None) or 1) - 1
            if cut <= 0 or cut >= len(lines):
                cut = len(lines) - 1
            lines = lines[:cut]
            if not lines:
                return []
        else:
            return tree.body
    return []


def _assigned(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    """The name that a statement assigns, and the value."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id, statement.value
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id, statement.value
    return "", None


def _is_mapped(statement: ast.stmt) -> bool:
    _, value = _assigned(statement)
    return call_name(value) in ("Column", "mapped_column")


def _members(cls: _Class) -> tuple[str, ...]:
    names = (_assigned(s)[0] for s in cls.node.body)
    return tuple(n for n in names if n and not n.startswith("_"))


def _table(
    source: Source, classes: _Classes, cls: _Class, name: TableName | None = None
) -> Iterator[Statement]:
    table = name or classes.table_name(cls)
    enums = classes.enums
    place = source.place(cls.line + cls.node.lineno - 1)
    yield Statement(table, "table", "", place, Notation.CODE)
    if name is None and (doc := ast.get_docstring(cls.node)):
        yield Statement(table, "table_description", doc.strip().split("\n")[0], place, Notation.CODE)
    used: set[str] = set()
    for owner, statement in _last(classes.fields(cls)):
        reading = _field(statement, enums)
        at = source.place(owner.line + statement.lineno - 1)
        if reading is not None:
            used |= set(reading.enums)
            yield from about_column(table, reading.name, reading.facts, at, Notation.CODE)
        elif _assigned(statement)[0] == "__table_args__":
            for fact in table_args(statement, at):
                yield Statement(table, fact.name, fact.value, at, Notation.CODE)
    for enum in sorted(used):
        stated = classes.by_name[enum][0]
        at = source.place(stated.line + stated.node.lineno - 1)
        spec = EnumSpec(name=enum.lower(), values=enums[enum], place=at)
        yield Statement(None, "enum", spec, at, Notation.CODE)


def _last(fields: Iterable[tuple[_Class, ast.stmt]]) -> list[tuple[_Class, ast.stmt]]:
    """A field that a class redefines counts as the class has it."""
    found: dict[str, tuple[_Class, ast.stmt]] = {}
    for owner, statement in fields:
        if name := _assigned(statement)[0]:
            found[name] = (owner, statement)
    return list(found.values())


def _field(statement: ast.stmt, enums: dict[str, tuple[str, ...]]) -> FieldReading | None:
    if isinstance(statement, ast.AnnAssign):
        return read_field(statement, enums)
    if isinstance(statement, ast.Assign):
        return read_assignment(statement, enums)
    return None
