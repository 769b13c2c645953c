"""Drizzle schemas in TypeScript: `export const tasks = pgTable("tasks", { id: uuid("id").primaryKey() })`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from todo_db.spec import rules
from todo_db.spec.constraints import action
from todo_db.spec.defaults import quoted
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    EnumSpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    UniqueSpec,
)
from todo_db.spec.markdown import Fence
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Force, Notation, Statement, TableName, about_column

_TABLE = re.compile(
    r"\b(?P<variable>\w+)\s*=\s*pgTable\s*\(\s*(?P<quote>['\"`])(?P<name>\w+)(?P=quote)\s*,\s*(?=\{)"
)
_ENUM = re.compile(
    r"\b(?P<variable>\w+)\s*=\s*pgEnum\s*\(\s*['\"`](?P<name>\w+)['\"`]\s*,\s*"
    r"\[(?P<values>[^\[\]]*)\]"
)
_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|[\[\](){},]", re.DOTALL
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ENTRY = re.compile(r"\s*(?P<key>\w+)\s*:\s*(?P<call>\w+)\s*(?=\()")
_SPREAD = re.compile(r"\.\.\.(?P<name>\w+)")
_OBJECT = re.compile(r"\bconst\s+(?P<name>\w+)\s*=\s*(?=\{)")
_METHOD = re.compile(r"\s*\.\s*(?P<name>\$?\w+)\s*(?=\()")
_TEXT = re.compile(r"\s*['\"`](?P<text>[^'\"`]*)['\"`]")
_TARGET = re.compile(r"=>\s*(?P<table>\w+)\.(?P<column>\w+)")
_SQL = re.compile(r"\s*sql(?:<[^<>]*>)?\s*`(?P<sql>[^`]*)`\s*\Z")
_INDEX = re.compile(
    r"\b(?P<kind>uniqueIndex|index|unique)\s*\(\s*(?:['\"`](?P<name>\w+)['\"`])?\s*\)\s*\.on\s*(?=\()"
)
_PRIMARY = re.compile(
    r"\bprimaryKey\s*\(\s*"
    r"(?:\{[^{}\[\]]{0,200}columns\s*:\s*\[(?P<listed>[^\[\]]*)\]|(?P<given>[\w., ]*)\))"
)
_CHECK = re.compile(r"\bcheck\s*\(\s*['\"`](?P<name>\w+)['\"`]\s*,\s*sql(?:<[^<>]*>)?\s*`(?P<sql>[^`]*)`")
_FIELD = re.compile(r"\b\w+\.(?P<field>\w+)(?P<down>\.desc\(\))?")
_HOLE = re.compile(r"\$\{\s*\w+\.(?P<field>\w+)\s*\}")
_TYPES: Final = {
    "text": "text", "varchar": "varchar", "char": "char", "integer": "integer", "bigint": "bigint",
    "smallint": "smallint", "serial": "integer", "bigserial": "bigint", "smallserial": "smallint",
    "boolean": "boolean", "timestamp": "timestamp", "date": "date", "time": "time", "interval":
    "interval", "uuid": "uuid", "json": "json", "jsonb": "jsonb", "numeric": "numeric", "decimal":
    "numeric", "real": "real", "doublePrecision": "double precision", "inet": "inet", "cidr": "cidr",
    "macaddr": "macaddr", "point": "point", "line": "line", "vector": "vector", "bytea": "bytea",
}  # fmt: skip

_IDENTITY: Final = {
    "generatedAlwaysAsIdentity": "always",
    "generatedByDefaultAsIdentity": "by default",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A column: the property, the call that makes it with its arguments, the methods called on that."""

    key: str
    call: str
    arguments: str
    methods: Mapping[str, str]
    line: int

    @property
    def column(self) -> str:
        found = _TEXT.match(self.arguments)
        return found["text"] if found else self.key


@dataclass(frozen=True, slots=True)
class _Table:
    variable: str
    name: TableName
    entries: tuple[_Entry, ...]
    rest: str  # what follows the columns: indexes and constraints
    line: int
    rest_line: int
    unseen: tuple[tuple[str, int], ...] = ()  # objects that are spread into the columns, with their lines

    def column(self, field: str) -> str:
        return next((e.column for e in self.entries if e.key == field), field)


def read_drizzle(source: Source) -> Iterator[Statement]:
    """Statements of every `pgTable` in the document's fences."""
    tables: list[_Table] = []
    enums: dict[str, str] = {}
    for fence in source.blocks(Fence):
        if "pgTable" in fence.text or "pgEnum" in fence.text:
            yield from _enums(source, fence, enums)
            tables += _tables(fence.text, _line_counter(fence))
    by_variable = {t.variable: t for t in tables}
    for table in tables:
        place = source.place(table.line)
        yield Statement(table.name, "table", "", place, Notation.DRIZZLE)
        for entry in table.entries:
            facts = [*_facts(entry, enums, by_variable), Fact("field", entry.key)]
            yield from about_column(
                table.name, entry.column, facts, source.place(entry.line), Notation.DRIZZLE
            )
        for fact, line in _beside(table):
            at = source.place(line)
            yield Statement(table.name, fact.name, replace(fact.value, place=at), at, Notation.DRIZZLE)  # type: ignore[type-var]
        for name, line in table.unseen:
            yield _unseen(source, table, name, line)


def _unseen(source: Source, table: _Table, name: str, line: int) -> Statement:
    """The question about columns that come from elsewhere."""
    place = source.place(line)
    message = f"Which columns does ...{name} add to {table.name.text}? The document does not show it."
    hint = "Write the columns out."
    found = rules.finding(rules.CODE_NOT_READ, "table", table.name.text, message, (place,), hint=hint)
    return Statement(None, "finding", found, place, Notation.DRIZZLE)


def _enums(source: Source, fence: Fence, enums: dict[str, str]) -> Iterator[Statement]:
    line_of = _line_counter(fence)
    for found in _ENUM.finditer(fence.text):
        enums[found["variable"]] = found["name"]
        place = source.place(line_of(found.start()))
        values = tuple(re.findall(r"['\"`]([^'\"`]*)['\"`]", found["values"]))
        spec = EnumSpec(name=found["name"], values=values, place=place)
        yield Statement(None, "enum", spec, place, Notation.DRIZZLE)


def _line_counter(fence: Fence) -> Callable[[int], int]:
    """Turns an offset in a fence's text into a line of the document."""
    breaks = _breaks(fence.text)
    return lambda offset: fence.line + bisect_left(breaks, offset)


def _tables(text: str, line_at: Callable[[int], int]) -> Iterator[_Table]:
    ends = _closings(text)
    shared = {f["name"]: f.end() for f in _OBJECT.finditer(text)}
    for found in _TABLE.finditer(text):
        opening = found.end()
        end = ends.get(opening)
        if end is None:
            continue
        entries: list[_Entry] = []
        unseen: list[tuple[str, int]] = []
        for entry in _entries(text, opening + 1, end, ends, line_at):
            if isinstance(entry, _Entry):
                entries.append(entry)
            elif (start := shared.get(entry[0])) and start in ends:
                inner = _entries(text, start + 1, ends[start], ends, line_at)
                entries += [e for e in inner if isinstance(e, _Entry)]
            else:
                unseen.append(entry)
        yield _Table(
            found["variable"],
            TableName(found["name"]),
            tuple(entries),
            text[end : ends.get(text.find("(", found.start()), len(text))],
            line_at(found.start()),
            line_at(end),
            tuple(unseen),
        )


def _closings(text: str) -> dict[int, int]:
    """Where each bracket that is closed is closed; brackets in strings and comments are none."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token.group() in ("(", "[", "{"):
            opened.append(token.start())
        elif token.group() in (")", "]", "}") and opened:
            found[opened.pop()] = token.start()
    return found


def _entries(
    text: str, start: int, end: int, ends: Mapping[int, int], line_at: Callable[[int], int]
) -> Iterator[_Entry | tuple[str, int]]:
    """The columns between two positions, and the names of objects that are spread among them, with their
    lines."""
    position = start
    while position < end:
        if text[position] in ", \t\n\r":
            position += 1
        elif comment := _COMMENT.match(text, position):
            position = comment.end()
        elif (found := _ENTRY.match(text, position)) and (closing := ends.get(found.end())):
            line = line_at(found.start("key"))
            arguments = text[found.end() + 1 : closing]
            position, methods = closing + 1, {}
            while (method := _METHOD.match(text, position)) and (closing_ := ends.get(method.end())):
                methods[method["name"]] = text[method.end() + 1 : closing_]
                position = closing_ + 1
            yield _Entry(found["key"], found["call"], arguments, methods, line)
        else:
            if spread := _SPREAD.match(text, position):
                yield spread["name"], line_at(position)
            comma = text.find(",", position, end)
            position = comma + 1 if comma >= 0 else end


def _facts(entry: _Entry, enums: Mapping[str, str], tables: Mapping[str, _Table]) -> Iterator[Fact]:
    methods = entry.methods
    if type_ := _type(entry, enums):
        yield Fact("type", type_ + ("[]" if "array" in methods else ""))
    if entry.call.endswith("serial"):
        yield Fact("autoincrement", True)
    if "primaryKey" in methods:
        yield Fact("primary_key", True)
    else:
        sure = "notNull" in methods
        implied = entry.call.endswith("serial") or any(
            m.startswith("generated") and m.endswith("Identity") for m in methods
        )
        yield Fact("nullable", not (sure or implied), Force.SAID if sure else Force.IMPLIED)
    if "unique" in methods:
        yield Fact("unique", True)
    for method, kind in (
        ("generatedAlwaysAsIdentity", "always"),
        ("generatedByDefaultAsIdentity", "by default"),
    ):
        if method in methods:
            yield Fact("identity", kind)
    yield from _defaults(methods)
    if target := _TARGET.search(methods.get("references", "")):
        table = tables.get(target["table"])
        reference = ReferenceSpec(
            table=table.name.text if table else target["table"],
            columns=(table.column(target["column"]) if table else target["column"],),
        )
        yield Fact("references", reference)
        for word, fact in (("onDelete", "on_delete"), ("onUpdate", "fk_on_update")):
            if rule := re.search(rf"\b{word}\s*:\s*['\"`]([\w ]+)['\"`]", methods["references"]):
                yield Fact(fact, action(rule.group(1)))
    if values := re.search(r"\benum\s*:\s*\[([^\[\]]*)\]", entry.arguments):
        yield Fact("values", tuple(re.findall(r"['\"`]([^'\"`]*)['\"`]", values.group(1))))


def _defaults(methods: Mapping[str, str]) -> Iterator[Fact]:
    if "defaultNow" in methods:
        yield Fact("server_default", "now()")
    if "defaultRandom" in methods:
        yield Fact("server_default", "gen_random_uuid()")
    if (text := methods.get("default")) is not None:
        if found := _SQL.match(text):
            yield Fact("server_default", found["sql"].strip())
        elif found := re.fullmatch(r"\s*(['\"`])(?P<text>.*)\1\s*", text, re.DOTALL):
            yield Fact("server_default", quoted(found["text"]))
        elif re.fullmatch(r"\s*(?:true|false|-?\d+(?:\.\d+)?)\s*", text):
            yield Fact("server_default", text.strip())
        elif re.fullmatch(r"\s*(?:\[\s*\]|\{\s*\})\s*", text):
            empty = "{}" if "array" in methods else re.sub(r"\s", "", text)
            yield Fact("server_default", quoted(empty))
    for method in ("$default", "$defaultFn"):
        if method in methods:
            yield Fact("default", methods[method].strip().removeprefix("() =>").strip())
    if "$onUpdate" in methods or "$onUpdateFn" in methods:
        yield Fact("on_update", "now()")


def _type(entry: _Entry, enums: Mapping[str, str]) -> str | None:
    if entry.call in enums:
        return enums[entry.call]
    base = _TYPES.get(entry.call)
    options = entry.arguments
    if base in ("varchar", "char") and (length := re.search(r"\blength\s*:\s*(\d+)", options)):
        return f"{base}({length.group(1)})"
    if base in ("timestamp", "time"):
        precision = re.search(r"\bprecision\s*:\s*(\d+)", options)
        zoned = re.search(r"\bwithTimezone\s*:\s*true\b", options)
        return base + ("tz" if zoned else "") + (f"({precision.group(1)})" if precision else "")
    if base == "numeric" and (digits := re.search(r"\bprecision\s*:\s*(\d+)", options)):
        scale = re.search(r"\bscale\s*:\s*(\d+)", options)
        return f"numeric({digits.group(1)}" + (f",{scale.group(1)})" if scale else ")")
    if base == "vector" and (size := re.search(r"\bdimensions\s*:\s*(\d+)", options)):
        return f"vector({size.group(1)})"
    return base


def _beside(table: _Table) -> Iterator[tuple[Fact, int]]:
    """Indexes, keys and checks in what follows a table's columns, each with its line."""
    ends = _closings(table.rest) if table.rest.strip() else {}
    for found in _INDEX.finditer(table.rest):
        columns = _columns(table, table.rest[found.end() : ends.get(found.end(), found.end())])
        name = found["name"] or UNSAID
        if columns and found["kind"] == "unique":
            yield Fact("unique_of", UniqueSpec(columns=columns, name=name)), _line(table, found)
        elif columns:
            unique = found["kind"] == "uniqueIndex"
            yield Fact("index_of", IndexSpec(columns=columns, name=name, unique=unique)), _line(table, found)
    for found in _PRIMARY.finditer(table.rest):
        if columns := _columns(table, found["listed"] or found["given"] or ""):
            yield Fact("primary_key_of", PrimaryKeySpec(columns=columns)), _line(table, found)
    for found in _CHECK.finditer(table.rest):
        expr = _HOLE.sub(lambda hole: table.column(hole["field"]), found["sql"]).strip()
        if "${" not in expr:
            yield Fact("check", CheckSpec(expr=expr, name=found["name"])), _line(table, found)


def _columns(table: _Table, text: str) -> tuple[str, ...]:
    return tuple(table.column(f["field"]) + (" DESC" if f["down"] else "") for f in _FIELD.finditer(text))


def _line(table: _Table, found: re.Match[str]) -> int:
    return table.rest_line + bisect_left(_breaks(table.rest), found.start())


@lru_cache(maxsize=1)
def _breaks(text: str) -> list[int]:
    return [found.start() for found in re.finditer("\n", text)]
