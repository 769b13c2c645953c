"""Mermaid's erDiagram: entities with typed attributes; a relationship states no column and so no key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.spec import types
from todo_db.spec.columns import finish
from todo_db.spec.constraints import read, read_prose
from todo_db.spec.markdown import Fence
from todo_db.spec.names import as_name
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Firmness, Notation, Statement, TableName, about_column

_ENTITY = re.compile(r"\A\s*\"?(?P<name>[\w .-]+?)\"?\s*(?:\[[^\]]*\])?\s*\{\s*\Z")
_ATTRIBUTE = re.compile(
    r"\A\s*(?P<type>[A-Za-z][\w()\[\],-]*)\s+(?P<name>\*?[A-Za-z_]\w*)(?P<keys>(?:\s*,?\s*(?:PK|FK|UK|NN|UNIQUE|NOT NULL))*)\s*(?:\"(?P<comment>[^\"]*)\")?\s*\Z"
)


def read_mermaid(source: Source) -> Iterator[Statement]:
    """Statements of every erDiagram."""
    for fence in source.blocks(Fence):
        if fence.language == "mermaid" or re.match(r"\s*erDiagram\b", fence.text):
            yield from _diagram(source, fence)


def _diagram(source: Source, fence: Fence) -> Iterator[Statement]:
    table: TableName | None = None
    for number, line in enumerate(fence.text.split("\n")):
        if entity := _ENTITY.match(line):
            table = _name(entity["name"])
        elif line.strip() == "}":
            table = None
        elif table and (attribute := _ATTRIBUTE.match(line)):
            place = source.place(fence.line + number)
            yield from about_column(
                table, attribute["name"].lstrip("*"), _facts(attribute), place, Notation.MERMAID
            )


def _name(text: str) -> TableName | None:
    """Entities in capitals are a habit of diagrams, not a spelling."""
    if text == text.upper():
        return TableName(text.lower().replace(" ", "_").replace("-", "_"), Firmness.ENTITY)
    return as_name(text)


def _facts(attribute: re.Match[str]) -> list[Fact]:
    written = attribute["type"].replace("-", ",") if "(" in attribute["type"] else attribute["type"]
    reading = types.read(written) or types.read(written.replace("_", " "))
    comment = attribute["comment"] or ""
    facts = read(attribute["keys"] or "")
    told = [f for f in read_prose(comment) if f.name not in {k.name for k in facts}]
    return finish(attribute["name"], reading or types.TypeReading(written), [*facts, *told], comment)
