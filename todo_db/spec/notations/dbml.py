"""DBML: `Table users { id integer [pk] }`, `Ref: tasks.user_id > users.id`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.spec import types
from todo_db.spec.columns import finish
from todo_db.spec.constraints import unquoted
from todo_db.spec.defaults import default
from todo_db.spec.document import UNSAID, EnumSpec, IndexSpec, PrimaryKeySpec, ReferenceSpec
from todo_db.spec.markdown import Fence
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Notation, Statement, TableName, about_column

_NAME = r"(?:\"[^\"]+\"|[\w.]+)"
_TABLE = re.compile(rf"\A\s*Table\s+(?P<name>{_NAME})", re.IGNORECASE)
_ENUM = re.compile(rf"\A\s*Enum\s+(?P<name>{_NAME})", re.IGNORECASE)
_COLUMN = re.compile(
    rf"\A\s*(?P<name>{_NAME})\s+(?P<type>[\w\"]+(?:\s*\([\d, ]+\))?(?:\[\])?)\s*(?:\[(?P<settings>.*)\])?\s*(?://.*)?\Z"
)
_INDEX = re.compile(
    r"\A\s*(?:\((?P<many>[^()]*)\)|(?P<one>\w+)|`(?P<expr>[^`]+)`)\s*(?:\[(?P<settings>.*)\])?\s*\Z"
)
_REF = re.compile(
    r"\A\s*Ref[^:]*:\s*(?P<t1>\w+)\.(?P<c1>\w+)\s*(?P<how>[<>-])\s*(?P<t2>\w+)\.(?P<c2>\w+)\s*(?:\[(?P<settings>.*)\])?",
    re.IGNORECASE,
)


def read_dbml(source: Source) -> Iterator[Statement]:
    """Statements of every fence of DBML."""
    for fence in source.blocks(Fence):
        if fence.language == "dbml" or re.search(
            r"^\s*Table\s+[\w\".]+\s*(?:as\s+\w+\s*)?(?:\[[^\]]*\]\s*)?\{", fence.text, re.MULTILINE
        ):
            yield from _schema(source, fence)


def _schema(source: Source, fence: Fence) -> Iterator[Statement]:
    table: TableName | None = None
    enum: tuple[str, list[str], int] | None = None
    indexes = False
    for number, line in enumerate(fence.text.split("\n"), fence.line):
        place = source.place(number)
        if found := _TABLE.match(line):
            table = TableName(unquoted(found["name"]))
            yield Statement(table, "table", "", place, Notation.DBML)
        elif found := _ENUM.match(line):
            enum = (unquoted(found["name"]), [], number)
        elif re.match(r"\s*indexes\s*\{", line, re.IGNORECASE):
            indexes = True
        elif line.strip() == "}":
            if enum:
                at = source.place(enum[2])
                yield Statement(
                    None, "enum", EnumSpec(name=enum[0], values=tuple(enum[1]), place=at), at, Notation.DBML
                )
            table, enum, indexes = (table if indexes else None), None, False
        elif enum and (value := re.match(r"\s*\"?([\w -]+?)\"?\s*(?:\[.*\])?\s*\Z", line)):
            enum[1].append(value.group(1))
        elif found := _REF.match(line):
            yield from _ref(found, source, number)
        elif table:
            yield from (
                _index(table, line, source, number) if indexes else _column(table, line, source, number)
            )


def _settings(text: str | None) -> list[str]:
    return [s.strip() for s in re.findall(r"(?:[^,'`\"]|'[^']*'|`[^`]*`|\"[^\"]*\")+", text or "")]


def _column(table: TableName, line: str, source: Source, number: int) -> Iterator[Statement]:
    found = _COLUMN.match(line)
    if not found or found["name"].lower() in ("note", "indexes"):
        return
    reading = types.read(found["type"].strip('"')) or types.TypeReading(found["type"].strip('"'))
    facts: list[Fact] = []
    note = ""
    for setting in _settings(found["settings"]):
        if setting.lower().startswith("note:"):
            note = setting[5:].strip().strip("'\"")
        else:
            facts += _setting(setting)
    name = unquoted(found["name"])
    yield from about_column(
        table, name, finish(name, reading, facts, note), source.place(number), Notation.DBML
    )


def _setting(text: str) -> list[Fact]:
    low = text.lower()
    flags = {
        "pk": Fact("primary_key", True),
        "primary key": Fact("primary_key", True),
        "increment": Fact("autoincrement", True),
        "unique": Fact("unique", True),
        "not null": Fact("nullable", False),
        "null": Fact("nullable", True),
    }
    if low in flags:
        return [flags[low]]
    if found := re.match(r"(?i)ref:\s*[>-]\s*(\w+)\.(\w+)", text):
        return [Fact("references", ReferenceSpec(table=found.group(1), columns=(found.group(2),)))]
    if low.startswith("default:"):
        return default(text[8:].strip())
    return []


def _index(table: TableName, line: str, source: Source, number: int) -> Iterator[Statement]:
    found = _INDEX.match(line)
    if not found:
        return
    settings = _settings(found["settings"])
    columns = tuple(c.strip(" `") for c in (found["many"] or found["one"] or f"({found['expr']})").split(","))
    name = next((s.partition(":")[2].strip(" '\"") for s in settings if s.lower().startswith("name")), UNSAID)
    place = source.place(number)
    if "pk" in settings:
        yield Statement(
            table, "primary_key_of", PrimaryKeySpec(columns=columns, place=place), place, Notation.DBML
        )
        return
    spec = IndexSpec(columns=columns, name=name, unique="unique" in settings, place=place)
    yield Statement(table, "index_of", spec, place, Notation.DBML)


def _ref(found: re.Match[str], source: Source, number: int) -> Iterator[Statement]:
    """`a.b > c.d`: many to one, so that `a.b` holds the key."""
    own, target = ("1", "2") if found["how"] != "<" else ("2", "1")
    place = source.place(number)
    table = TableName(found[f"t{own}"])
    reference = ReferenceSpec(table=found[f"t{target}"], columns=(found[f"c{target}"],))
    yield Statement(table, "references", reference, place, Notation.DBML, found[f"c{own}"])
    for setting in _settings(found["settings"]):
        if rule := re.match(r"(?i)(delete|update)\s*:\s*(.+)", setting):
            fact = "on_delete" if rule.group(1).lower() == "delete" else "fk_on_update"
            yield Statement(
                table, fact, rule.group(2).strip().lower(), place, Notation.DBML, found[f"c{own}"]
            )
