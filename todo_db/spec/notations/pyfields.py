"""One field of a SQLModel or SQLAlchemy class → the facts of its column."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from todo_db.spec import types
from todo_db.spec.columns import enum_type
from todo_db.spec.constraints import action
from todo_db.spec.defaults import quoted
from todo_db.spec.document import (
    ReferenceSpec,
)
from todo_db.spec.statements import Fact, Force

_SKIPPED = (
    "Relationship",
    "relationship",
    "association_proxy",
    "PrivateAttr",
    "ConfigDict",
    "column_property",
    "declared_attr",
)
_COLUMN_TYPES = {
    "String": "string",
    "Unicode": "string",
    "AutoString": "string",
    "Text": "text",
    "UnicodeText": "text",
    "Integer": "integer",
    "INTEGER": "integer",
    "BigInteger": "bigint",
    "SmallInteger": "smallint",
    "Boolean": "boolean",
    "DateTime": "timestamp",
    "TIMESTAMP": "timestamp",
    "Date": "date",
    "Time": "time",
    "Float": "double precision",
    "Double": "double precision",
    "REAL": "real",
    "Numeric": "numeric",
    "JSON": "json",
    "JSONB": "jsonb",
    "UUID": "uuid",
    "Uuid": "uuid",
    "GUID": "uuid",
    "LargeBinary": "bytea",
    "Interval": "interval",
    "CITEXT": "citext",
    "INET": "inet",
    "TSVECTOR": "tsvector",
    "VARCHAR": "varchar",
    "TEXT": "text",
}


@dataclass(frozen=True, slots=True)
class FieldReading:
    """A column as a class states it; `enums` names the Enum classes that its type uses."""

    name: str
    facts: tuple[Fact, ...]
    enums: tuple[str, ...] = ()


def read_field(statement: ast.AnnAssign, enums: Mapping[str, tuple[str, ...]]) -> FieldReading | None:
    """`title: str = Field(max_length=200)`; None for what is no column (relationships, class variables)."""
    if not isinstance(statement.target, ast.Name):
        return None
    name, value = statement.target.id, statement.value
    called = call_name(value)
    if name.startswith("_") or name == "model_config" or called in _SKIPPED:
        return None
    annotation = ast.unparse(statement.annotation)
    if annotation.startswith(("ClassVar", "typing.ClassVar")):
        return None
    annotation = _unwrapped(annotation)
    if value is None and _relates(annotation, enums):
        return None
    call = value if isinstance(value, ast.Call) and called in ("Field", "Column", "mapped_column") else None
    return _Field(name, annotation, value, call, enums).reading()


def read_assignment(statement: ast.Assign, enums: Mapping[str, tuple[str, ...]]) -> FieldReading | None:
    """`title = Column(String(200), nullable=False)`."""
    target = statement.targets[0]
    if not isinstance(target, ast.Name) or call_name(statement.value) not in ("Column", "mapped_column"):
        return None
    assert isinstance(statement.value, ast.Call)  # noqa: S101 - _call_name says so
    return _Field(target.id, "", statement.value, statement.value, enums).reading()


def call_name(value: ast.expr | None) -> str:
    return last_name(value.func) if isinstance(value, ast.Call) else ""


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name: `Column` of `sa.Column`."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node).rpartition(".")[2]


def _unwrapped(annotation: str) -> str:
    """An annotation without quotes, Mapped[] and Annotated[]."""
    text = annotation.strip("'\"")
    while found := re.fullmatch(r"(?:\w+\.)*(?:Mapped|Annotated)\[(?P<inner>.+)\]", text, re.DOTALL):
        text = _first_argument(found["inner"])
    return text


def _first_argument(text: str) -> str:
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "[(") - (character in "])")
        if character == "," and depth == 0:
            return text[:position]
    return text


def _relates(annotation: str, enums: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an annotation without a value names other classes of the document, not a value."""
    inner = re.sub(r"(?i)\b(?:optional|list|union|none|sequence)\b|[\[\]| ,'\"]", "", annotation)
    return (
        bool(re.match(r"(?i)(?:list|sequence)\[", annotation))
        and bool(re.match(r"[A-Z]", inner))
        and inner not in enums
    )


@dataclass(slots=True)
class _Field:
    name: str
    annotation: str
    value: ast.expr | None
    call: ast.Call | None
    enums: Mapping[str, tuple[str, ...]]

    def reading(self) -> FieldReading:
        keywords = {k.arg: k.value for k in self.call.keywords if k.arg} if self.call else {}
        column = self.call if call_name(self.call) != "Field" else None
        given = keywords.get("sa_column")
        if isinstance(given, ast.Call):
            column = given
            keywords |= {k.arg: k.value for k in given.keywords if k.arg and k.arg not in ("default",)}
        keywords |= _extra(keywords)
        facts = [
            *self.types(keywords, column),
            *self.flags(keywords, column),
            *self.defaults(keywords),
            *_references(keywords, column),
        ]
        if description := string(keywords.get("description") or keywords.get("doc")):
            facts.append(Fact("description", description))
        if comment := string(keywords.get("comment")):
            facts.append(Fact("comment", comment))
        used = tuple(
            e
            for e in self.enums
            if re.search(rf"\b{re.escape(e)}\b", self.annotation + (ast.unparse(column) if column else ""))
        )
        return FieldReading(
            _column_name(column) or self.name,
            tuple(facts),
            used if any(f.name == "type" for f in facts) else (),
        )

    # ---- type

    def types(self, keywords: Mapping[str, ast.expr], column: ast.Call | None) -> Iterator[Fact]:
        said = self.column_type(keywords, column)
        type_ = said or self.annotated(keywords)
        if type_:
            yield Fact("type", type_)
        if (
            type_ in ("integer", "bigint")
            and is_true(keywords.get("primary_key"))
            and "foreign_key" not in keywords
        ):
            yield Fact("autoincrement", True, Force.IMPLIED)

    def column_type(self, keywords: Mapping[str, ast.expr], column: ast.Call | None) -> str | None:
        candidates = [keywords.get("sa_type"), *(column.args if column else ())]
        for candidate in candidates:
            if candidate is not None and (type_ := self.sa_type(candidate)):
                return type_
        return None

    def sa_type(self, node: ast.expr) -> str | None:
        call = node if isinstance(node, ast.Call) else None
        name = ast.unparse(call.func if call else node).rpartition(".")[2]
        if name in ("Enum", "SAEnum", "SQLAlchemyEnum", "SQLEnum", "ENUM") and call:
            return self.enum(call)
        if name == "ARRAY" and call and call.args:
            inner = self.sa_type(call.args[0])
            return f"{inner}[]" if inner else None
        type_ = _COLUMN_TYPES.get(name)
        if (
            type_ == "timestamp"
            and call
            and any(k.arg == "timezone" and is_true(k.value) for k in call.keywords)
        ):
            return "timestamptz"
        if type_ and call and type_ in ("varchar", "string", "numeric"):
            numbers = [ast.unparse(a) for a in call.args] + [
                ast.unparse(k.value) for k in call.keywords if k.arg == "length"
            ]
            if numbers and all(n.isdigit() for n in numbers):
                return f"{type_.replace('string', 'varchar')}({','.join(numbers)})"
        return type_

    def enum(self, call: ast.Call) -> str:
        values = tuple(str(a.value) for a in call.args if isinstance(a, ast.Constant))
        named = next((string(k.value) for k in call.keywords if k.arg == "name"), None)
        cls = next((ast.unparse(a) for a in call.args if not isinstance(a, ast.Constant)), None)
        return named or (cls.lower() if cls else None) or (enum_type(values) if values else "enum")

    def annotated(self, keywords: Mapping[str, ast.expr]) -> str | None:
        """The type of an annotation."""
        text = re.sub(
            r"\b(?:uuid|datetime|dt|typing|t|decimal|pydantic|datetime\.datetime)\.(?=[A-Za-z])",
            "",
            self.annotation,
        )
        inner = re.sub(
            r"\A(?:Optional\[(.+)\]|Union\[(.+?),\s*None\])\Z", lambda m: m.group(1) or m.group(2), text
        )
        inner = re.sub(r"\s*\|\s*None\Z|\ANone\s*\|\s*", "", inner).strip("'\" ")
        if inner in self.enums:
            return inner.lower()
        if found := re.match(r"Literal\[(.+)\]\Z", inner):
            return enum_type(re.findall(r"['\"]([^'\"]+)['\"]", found.group(1)))
        if re.match(r"(?i)(?:dict|mapping)\b", inner):
            return "object"
        word = {
            "NaiveDatetime": "timestamp",
            "AwareDatetime": "timestamptz",
            "Decimal": "numeric",
            "HttpUrl": "string",
            "AnyUrl": "string",
            "timedelta": "interval",
            "float": "double precision",
        }.get(inner)
        reading = types.read(inner)
        type_ = word or (reading.type if reading else None)
        length = keywords.get("max_length")
        if type_ == "string" and length is not None and ast.unparse(length).isdigit():
            return f"varchar({ast.unparse(length)})"
        return type_

    # ---- the rest

    def flags(self, keywords: Mapping[str, ast.expr], column: ast.Call | None) -> Iterator[Fact]:
        primary = is_true(keywords.get("primary_key"))
        if primary:
            yield Fact("primary_key", True)
        if "nullable" in keywords:
            yield Fact("nullable", is_true(keywords["nullable"]))
        elif not primary:
            yield Fact("nullable", self.may_be_null(column), Force.IMPLIED)
        for flag in ("unique", "index"):
            if is_true(keywords.get(flag)):
                yield Fact(flag, True)
        if is_true(keywords.get("autoincrement")):
            yield Fact("autoincrement", True)

    def may_be_null(self, column: ast.Call | None) -> bool:
        """With a Column of SQLAlchemy's own it says; else the annotation does."""
        if column is not None and not (self.annotation and call_name(column) == "mapped_column"):
            return True
        return bool(re.search(r"\bOptional\[|\bNone\b", self.annotation))

    def defaults(self, keywords: Mapping[str, ast.expr]) -> Iterator[Fact]:
        server = keywords.get("server_default")
        if server is not None and (text := server_default(server)) is not None:
            yield Fact("server_default", text)
        update = keywords.get("onupdate") or keywords.get("server_onupdate")
        if update is not None:
            text = ast.unparse(update)
            yield Fact("on_update", "now()" if re.search(r"now|utc", text) else text)
        if (own := self.own_default(keywords)) is not None:
            yield Fact("default", own)

    def own_default(self, keywords: Mapping[str, ast.expr]) -> str | None:
        """The default that only Python sets."""
        if "default_factory" in keywords:
            text = ast.unparse(keywords["default_factory"])
            return text if text.startswith("lambda") else f"{text}()"
        value: ast.expr | None = keywords.get("default")
        if value is None and self.call is not None and call_name(self.call) == "Field" and self.call.args:
            value = self.call.args[0]
        if value is None and self.call is None:
            value = self.value
        if value is None or ast.unparse(value) in ("None", "..."):
            return None
        return ast.unparse(value)


def _extra(keywords: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    """The entries of `sa_column_kwargs={…}`."""
    given = keywords.get("sa_column_kwargs")
    if not isinstance(given, ast.Dict):
        return {}
    return {
        k.value: v
        for k, v in zip(given.keys, given.values, strict=True)
        if isinstance(k, ast.Constant) and isinstance(k.value, str)
    }


def is_true(node: ast.expr | None) -> bool:
    return node is not None and ast.unparse(node) == "True"


def string(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _column_name(column: ast.Call | None) -> str | None:
    return string(column.args[0]) if column is not None and column.args else None


def server_default(node: ast.expr) -> str | None:
    """`text("now()")` is SQL, `func.now()` a call, a plain string is quoted."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name.rpartition(".")[2] == "text" and node.args:
            return string(node.args[0])
        if ".func." in f".{name}" or name.startswith("func."):
            called = name.rpartition(".")[2]
            return "CURRENT_TIMESTAMP" if called == "current_timestamp" else f"{called}()"
        return None
    if (text := string(node)) is not None:
        return quoted(text)
    return None


def _references(keywords: Mapping[str, ast.expr], column: ast.Call | None) -> Iterator[Fact]:
    target = string(keywords.get("foreign_key"))
    rules: dict[str, str | None] = {
        "on_delete": string(keywords.get("ondelete") or keywords.get("on_delete")),
        "fk_on_update": string(keywords.get("onupdate_fk")),
    }
    for argument in column.args if column is not None else ():
        if isinstance(argument, ast.Call) and call_name(argument) == "ForeignKey" and argument.args:
            target = string(argument.args[0]) or ast.unparse(argument.args[0])
            given = {k.arg: string(k.value) for k in argument.keywords}
            rules = {"on_delete": given.get("ondelete"), "fk_on_update": given.get("onupdate")}
    if target is None:
        return
    table, _, name = target.rpartition(".")
    yield Fact("references", ReferenceSpec(table=table or name, columns=(name,) if table else ()))
    for fact, rule in rules.items():
        if rule:
            yield Fact(fact, action(rule))
