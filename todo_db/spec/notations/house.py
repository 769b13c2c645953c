"""The lists of the house format, which `write_markdown` writes: exact, so that nothing is lost on the
way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from todo_db.findings import Place
from todo_db.spec.defaults import unescaped
from todo_db.spec.document import UNSAID, IndexSpec
from todo_db.spec.known import Known
from todo_db.spec.markdown import Item, ListBlock, Paragraph
from todo_db.spec.notations.sql import read_sql_text
from todo_db.spec.notations.sqlobjects import entry_of
from todo_db.spec.notations.sqlparts import names_in
from todo_db.spec.source import Source
from todo_db.spec.sqltext import Clause, name_of, tokens_of
from todo_db.spec.statements import Notation, Statement, TableName

_INDEX = re.compile(r"\A`+(?:UNIQUE |PLAIN )?INDEX (?!.*\) ON )")
_CONSTRAINT = re.compile(
    r"\A`+(?:CONSTRAINT \S|PRIMARY KEY \(|UNIQUE (?:NULLS |\()|FOREIGN KEY \(|CHECK \(|EXCLUDE )"
)
_LISTS = re.compile(r"(?P<kind>Indexes|Constraints)(?P<open>, among others)?\Z")
_FACT = re.compile(r"\A\*\*(?P<fact>Renamed from|Comment)\*\*: (?P<value>.+)\Z")


def is_house_item(item: Item) -> bool:
    """Whether an item is one that this reader reads, so that the readers of looser lists leave it alone."""
    return bool(_INDEX.match(item.text) or _CONSTRAINT.match(item.text))


def read_house_lists(source: Source, known: Known) -> Iterator[Statement]:
    """Statements of the exact items under `Indexes` and `Constraints`, and of the facts above the columns."""
    for block in source.counted:
        if isinstance(block, ListBlock) and block.context.headings:
            yield from _global(source, block)
            listed = _LISTS.match(block.context.headings[-1].text)
            table = known.above(source, block.context)
            if listed and table:
                yield from _list(source, block, TableName(table), listed)
        elif isinstance(block, Paragraph) and (found := _FACT.match(block.text)):
            table = known.above(source, block.context)
            if table:
                fact = "renamed_from" if found["fact"] == "Renamed from" else "comment"
                yield Statement(
                    TableName(table), fact, _value(found["value"]), source.place(block.line), Notation.LIST
                )


def _global(source: Source, block: ListBlock) -> Iterator[Statement]:
    """The lists of extensions and schemas."""
    fact = {"Extensions": "extension", "Schemas": "schema"}.get(block.context.headings[-1].text)
    for item in block.items if fact else ():
        if fact and (found := re.match(r"`(?P<name>[^`]+)`", item.text)):
            yield Statement(None, fact, found["name"], source.place(item.line), Notation.LIST)


def _value(text: str) -> str | None:
    if text == "none":
        return None
    inner = text.strip("`")
    if inner.startswith("E'"):
        return unescaped(inner)
    return inner[1:-1].replace("''", "'") if inner.startswith("'") else inner


def _list(source: Source, block: ListBlock, table: TableName, listed: re.Match[str]) -> Iterator[Statement]:
    exact = [i for i in block.items if is_house_item(i) or i.text == "none"]
    if exact and not listed["open"]:
        fact = "lists_indexes" if listed["kind"] == "Indexes" else "lists_constraints"
        yield Statement(table, fact, True, source.place(block.line), Notation.LIST)
    for item in exact:
        place = source.place(item.line)
        text = _code_of(item.text)  # what is said behind it is for readers
        if _INDEX.match(item.text):
            spec = replace(_index(text), place=place)
            yield Statement(table, "index_of", spec, place, Notation.LIST)
        elif item.text != "none":
            yield from _constraint(table, text, place)


def _code_of(text: str) -> str:
    """What stands in the code marks that a text begins with."""
    found = re.match(r"(?s)(?P<marks>`+)(?P<code>.+?)(?<!`)(?P=marks)(?!`)", text)
    return found["code"] if found else text


def _constraint(table: TableName, text: str, place: Place) -> Iterator[Statement]:
    for statement in read_sql_text(f"ALTER TABLE x ADD {text}", lambda _line: place):
        yield statement._replace(table=table, notation=Notation.LIST)


def _index(text: str) -> IndexSpec:
    """`UNIQUE INDEX name USING gin (a, b DESC) INCLUDE (c) WHERE d`."""
    clause = Clause(text, tuple(tokens_of(text)))
    first = clause.words(1)[0]
    start = 1 if first == "INDEX" else 2
    opening = next((i for i, t in enumerate(clause.tokens) if t.text == "("), len(clause.tokens))
    closing = clause.closing(opening)
    using = next((i for i in range(start, opening) if clause.tokens[i].upper == "USING"), opening)
    rest = clause.part(closing + 1)
    where = rest.find("WHERE")
    return IndexSpec(
        columns=tuple(entry_of(p) for p in clause.part(opening + 1, closing).split()),
        name=name_of(clause.tokens[start]) if using > start else UNSAID,
        unique={"UNIQUE": True, "PLAIN": False}.get(first, UNSAID),
        method=name_of(clause.tokens[using + 1]) if using < opening else UNSAID,
        where=rest.part(where + 1).text
        if where >= 0
        else (None if rest.find("UNCONDITIONAL") >= 0 else UNSAID),
        include=names_in(rest, rest.find("INCLUDE") + 1) if rest.words(1) == ("INCLUDE",) else (),
    )
