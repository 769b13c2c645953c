"""Mermaid's erDiagram: entities with typed attributes; a relationship states no column and so no key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.spec import types
from todo_db.spec.columns import finish
from todo_db.spec.constraints import read, read_prose
from todo_db.spec.document import ReferenceSpec
from todo_db.spec.markdown import Fence
from todo_db.spec.names import as_name, key
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Firmness, Notation, Statement, TableName, about_column

_ENTITY = re.compile(r"\A\s*\"?(?P<name>[\w .-]+?)\"?\s*(?:\[[^\]]*\])?\s*\{\s*\Z")
_ATTRIBUTE = re.compile(
    r"\A\s*(?P<type>[A-Za-z][\w()\[\],-]*)\s+(?P<name>\*?[A-Za-z_]\w*)"
    r"(?P<keys>(?:\s*,?\s*(?:PK|FK|UK|NN|UNIQUE|NOT NULL))*)\s*(?:\"(?P<comment>[^\"]*)\")?\s*\Z"
)


def read_mermaid(source: Source) -> Iterator[Statement]:
    """Statements of every erDiagram."""
    for fence in source.blocks(Fence):
        if fence.language == "mermaid" or re.match(r"\s*erDiagram\b", fence.text):
            yield from _diagram(source, fence)


_RELATION = re.compile(
    r"\A\s*\"?(?P<a>[\w-]+)\"?\s+(?P<how>[|}o]{2}(?:--|\.\.)[|{o]{2})\s+\"?(?P<b>[\w-]+)\"?"
    r"(?:\s*:\s*\"?(?P<label>\w+)(?![\w-]*\s*\(logical))?"
)


def _relations(text: str) -> dict[str, list[tuple[TableName, str]]]:
    """The parents of each entity with what the line to them is called, by the entity's key."""
    parents: dict[str, list[tuple[TableName, str]]] = {}
    for line in text.split("\n"):
        if found := _RELATION.match(line):
            many_left = "}" in found["how"][:2]
            parent, child = (found["b"], found["a"]) if many_left else (found["a"], found["b"])
            if name := _name(parent):
                parents.setdefault(key(child), []).append((name, found["label"] or ""))
    return parents


def _keys(text: str) -> dict[str, list[str]]:
    """The columns marked PK of each entity, by the entity's key."""
    keys: dict[str, list[str]] = {}
    entity = ""
    for line in text.split("\n"):
        if opened := _ENTITY.match(line):
            entity = key(opened["name"])
        elif (attribute := _ATTRIBUTE.match(line)) and "PK" in (attribute["keys"] or ""):
            keys.setdefault(entity, []).append(attribute["name"].lstrip("*"))
    return keys


def _target(column: str, drawn: list[tuple[TableName, str]], keys: dict[str, list[str]]) -> list[Fact]:
    """The parent that a foreign key's name means, of those that the diagram draws: the line to it is called
    like the column, or the column is called by it (`user_id`) or by its key (`part_number`)."""
    labelled = [name for name, label in drawn if label == column]
    parents = labelled or [name for name, _ in drawn]
    if len(labelled) == 1:
        return [Fact("references", ReferenceSpec(table=labelled[0].text))]
    stem = key(re.sub(r"_?(?:id|uuid|fk)\Z", "", column, flags=re.IGNORECASE))
    named = [p for p in parents if key(p.text) == stem] or [
        p for p in parents if column != "id" and keys.get(key(p.text)) == [column]
    ]
    return [Fact("references", ReferenceSpec(table=named[0].text))] if len(named) == 1 else []


def _diagram(source: Source, fence: Fence) -> Iterator[Statement]:
    table: TableName | None = None
    parents, keys = _relations(fence.text), _keys(fence.text)
    for number, line in enumerate(fence.text.split("\n")):
        if entity := _ENTITY.match(line):
            table = _name(entity["name"])
            if table:
                table = table._replace(line=fence.line + number)
        elif line.strip() == "}":
            table = None
        elif table and (attribute := _ATTRIBUTE.match(line)):
            place = source.place(fence.line + number)
            column, facts = attribute["name"].lstrip("*"), _facts(attribute)
            if any(f.name == "references" for f in facts):
                facts += _target(column, parents.get(key(table.text), []), keys)
            yield from about_column(table, column, facts, place, Notation.MERMAID)


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
