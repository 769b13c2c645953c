"""Prisma schemas: models, enums, their attributes and mappings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from todo_db.spec import types
from todo_db.spec.constraints import action
from todo_db.spec.defaults import quoted
from todo_db.spec.document import (
    UNSAID,
    EnumSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    UniqueSpec,
)
from todo_db.spec.markdown import Fence
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Firmness, Force, Notation, Statement, TableName, about_column

_BLOCK = re.compile(
    r"^[ \t]*(?P<kind>model|enum)\s+(?P<name>\w+)\s*\{(?P<body>[^\n}]*(?=\})|.*?(?=^[ \t]*\}))",
    re.MULTILINE | re.DOTALL,
)
_FIELD = re.compile(
    r"\A\s*(?P<name>\w+)\s+(?P<type>\w+)(?P<list>\[\])?(?P<optional>\?)?\s*(?P<rest>.*?)\s*(?://.*)?\Z"
)
_TYPES = {
    "String": "text", "Int": "integer", "BigInt": "bigint", "Boolean": "boolean", "DateTime": "timestamp(3)",
    "Json": "jsonb", "Float": "double precision", "Decimal": "numeric(65,30)", "Bytes": "bytea",
}  # fmt: skip


@dataclass(frozen=True)
class _Model:
    name: str
    lines: tuple[tuple[int, str], ...]
    at: int = 0  # line of the document

    @cached_property
    def table(self) -> TableName:
        """The mapped name; Prisma calls the table of `model User` \"User\"."""
        mapped = next((m for _, line in self.lines if (m := _argument(line, "@@map"))), None)
        if mapped:
            return TableName(mapped.strip("\"'"), line=self.at)
        return TableName(self.name, Firmness.DERIVED, self.at)

    def column(self, field: str) -> str:
        """The column of a field, by its @map."""
        return self._mapped.get(field, field)

    @cached_property
    def _mapped(self) -> dict[str, str]:
        fields = (_FIELD.match(line) for _, line in self.lines if "@map" in line)
        named = ((f["name"], _argument(f["rest"], "@map")) for f in fields if f)
        return {name: mapped.strip("\"'") for name, mapped in named if mapped}


_SCHEMA = re.compile(r"^[ \t]*model\s+\w+\s*\{[^}]*(?:@id\b|@@id\b|@@map\b|@unique\b)", re.MULTILINE)


def read_prisma(source: Source) -> Iterator[Statement]:
    """Statements of every fence of Prisma, whatever language it is said to be; a model may stand in each."""
    models: dict[str, _Model] = {}
    enums: set[str] = set()
    for fence in source.blocks(Fence):
        if fence.language == "prisma" or _SCHEMA.search(fence.text):
            yield from _blocks(source, fence, models, enums)
    for model in models.values():
        for number, line in model.lines:
            yield from _line(source, number, line, model, models, enums)


def _blocks(source: Source, fence: Fence, models: dict[str, _Model], enums: set[str]) -> Iterator[Statement]:
    """Gather the models and the names of the enums of a fence; statements of the enums."""
    first, position = fence.line, 0
    for block in _BLOCK.finditer(fence.text):
        first += fence.text.count("\n", position, block.start("body"))
        position = block.start("body")
        lines = tuple(
            (first + n, line.strip()) for n, line in enumerate(block["body"].split("\n")) if line.strip()
        )
        if block["kind"] == "model":
            models[block["name"]] = _Model(block["name"], lines, first)
        else:
            enums.add(block["name"])
            values = tuple(v for _, line in lines if not line.startswith(("//", "@@")) for v in _values(line))
            place = source.place(first)
            spec = EnumSpec(name=block["name"], values=values, place=place)
            yield Statement(None, "enum", spec, place, Notation.PRISMA)


def _values(line: str) -> list[str]:
    """The values of an enum in a line: one, by the name that the database has, or several in a row."""
    text = line.split("//", maxsplit=1)[0]
    if mapped := _argument(text, "@map"):
        return [mapped.strip("\"'")]
    return text.split()


def _line(  # noqa: PLR0917 - a line and what surrounds it
    source: Source, number: int, line: str, model: _Model, models: dict[str, _Model], enums: set[str]
) -> Iterator[Statement]:
    place = source.place(number)
    if line.startswith("@@"):
        for fact in _block_attribute(line, model):
            value = replace(fact.value, place=place)  # type: ignore[type-var]
            yield Statement(model.table, fact.name, value, place, Notation.PRISMA)
        return
    found = _FIELD.match(line)
    if not found or line.startswith("//"):
        return
    kind = found["type"]
    if kind in models or "@relation" in found["rest"] or (found["list"] and kind not in {*_TYPES, *enums}):
        target = models.get(kind) or _Model(kind, ())  # one that the document does not show
        if key := _relation(found["rest"], model, target):
            yield Statement(model.table, "foreign_key", key, place, Notation.PRISMA)
        return
    facts = [*_facts(found, enums), Fact("field", found["name"])]
    yield from about_column(model.table, model.column(found["name"]), facts, place, Notation.PRISMA)


def _facts(found: re.Match[str], enums: set[str]) -> Iterator[Fact]:
    rest = found["rest"]
    type_ = found["type"] if found["type"] in enums else _TYPES.get(found["type"], found["type"])
    if native := re.search(r"@db\.(\w+(?:\([\d, ]+\))?)", rest):
        reading = types.read(native.group(1))
        type_ = reading.type if reading else type_
    yield Fact("type", type_ + ("[]" if found["list"] else ""))
    if "@id" in rest.replace("@@id", ""):
        yield Fact("primary_key", True)
    else:  # the column of a list takes NULL, too: Prisma writes no NOT NULL there
        yield Fact(
            "nullable",
            bool(found["optional"] or found["list"]),
            Force.SAID if found["optional"] else Force.IMPLIED,
        )
    if re.search(r"@unique\b", rest):
        yield Fact("unique", True)
    if "@updatedAt" in rest:
        yield Fact("on_update", "now()")
    if value := _argument(rest, "@default"):
        yield from _default(value)


def _default(value: str) -> Iterator[Fact]:
    if value.startswith("autoincrement"):
        yield Fact("autoincrement", True)
    elif value.startswith(("uuid(", "cuid(", "nanoid(", "ulid(", "auto(")):
        yield Fact("default", value)
    elif value.startswith("dbgenerated"):  # without its text: some default of the database, which is not said
        if (found := re.match(r"dbgenerated\(\s*\"(.*)\"\s*\)", value)) and found.group(1):
            yield Fact("server_default", found.group(1).replace('\\"', '"'))
    elif value == "now()":
        yield Fact("server_default", "CURRENT_TIMESTAMP")
    elif re.fullmatch(r"true|false|-?\d+(?:\.\d+)?", value):
        yield Fact("server_default", value)
    elif value != "[]":
        yield Fact("server_default", quoted(value.strip("\"'")))


def _argument(text: str, attribute: str) -> str | None:
    """What stands in the parentheses of an attribute."""
    word = r'"(?:[^"\\]|\\.)*"'
    found = re.search(rf"{attribute}\(((?:[^()\"]|{word}|\((?:[^()\"]|{word})*\))*)\)", text)
    return found.group(1).strip().removeprefix("name:").strip() if found else None


def _columns(text: str, model: _Model) -> tuple[str, ...]:
    found = re.search(r"\[([^\]]*)\]", text)
    fields = re.findall(r"(\w+)(?:\(([^()]*)\))?", found.group(1)) if found else []
    return tuple(f"{model.column(name)}{' DESC' if 'Desc' in more else ''}" for name, more in fields)


def _block_attribute(line: str, model: _Model) -> Iterator[Fact]:
    named = re.search(r"\b(?:map|name)\s*:\s*\"([^\"]+)\"", line)
    name = named.group(1) if named else UNSAID
    columns = _columns(line, model)
    if line.startswith("@@index") and columns:
        yield Fact("index_of", IndexSpec(columns=columns, name=name, unique=False))
    elif line.startswith("@@unique") and columns:
        yield Fact("unique_of", UniqueSpec(columns=columns, name=name))
    elif line.startswith("@@id") and columns:
        yield Fact("primary_key_of", PrimaryKeySpec(columns=columns, name=name))


def _relation(rest: str, model: _Model, target: _Model) -> ForeignKeySpec | None:
    text = _argument(rest, "@relation") or ""
    fields = re.search(r"fields\s*:\s*(\[[^\]]*\])", text)
    references = re.search(r"references\s*:\s*(\[[^\]]*\])", text)
    if not fields or not references:
        return None
    rules = {
        when: action(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", rule))
        for when, rule in re.findall(r"\b(onDelete|onUpdate)\s*:\s*(\w+)", text)
    }
    reference = ReferenceSpec(
        table=target.table.text,
        columns=_columns(references.group(1), target),
        on_delete=rules.get("onDelete", UNSAID),
        on_update=rules.get("onUpdate", UNSAID),
    )
    return ForeignKeySpec(columns=_columns(fields.group(1), model), references=reference)
