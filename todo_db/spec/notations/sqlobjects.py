"""SQL statements that make no table: CREATE INDEX, TYPE, DOMAIN, SEQUENCE, TRIGGER, and COMMENT ON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from todo_db.findings import Place
from todo_db.spec.columns import finish
from todo_db.spec.constraints import read
from todo_db.spec.document import UNSAID, CheckSpec, DomainSpec, EnumSpec, IndexSpec, SequenceSpec
from todo_db.spec.notations.sqlparts import PlaceOf, named_checks, names_in, opening_of, qualified, type_of
from todo_db.spec.sqltext import Clause, SqlStatement, name_of
from todo_db.spec.statements import Force, Notation, Statement, TableName


def everywhere(fact: str, value: object, place: Place) -> Statement:
    return Statement(None, fact, value, place, Notation.SQL)


def read_trigger(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    """A trigger that refreshes a column named in its own name."""
    on = statement.find("ON")
    found = re.search(r"updated?_?\w*?(updated_at|modified_at|updated_on)", statement.text.lower())
    if found and "UPDATE" in statement.words(9) and on > 0:
        table, _ = qualified(statement, on + 1)
        yield Statement(
            TableName(table),
            "on_update",
            "now()",
            places(statement.line),
            Notation.SQL,
            found.group(1),
            Force.HINT,
        )


def create_index(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    on = statement.find("ON")
    if on < 0:
        return
    before = [
        t
        for t in statement.tokens[:on]
        if t.upper not in ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", "IF", "NOT", "EXISTS")
    ]
    table, after = qualified(statement, on + 1)
    opening = opening_of(statement, after)
    closing = statement.closing(opening)
    place = places(statement.line)
    using = statement.find("USING")
    spec = IndexSpec(
        columns=tuple(entry_of(part) for part in statement.part(opening + 1, closing).split()),
        name=name_of(before[0]) if before else UNSAID,
        unique="UNIQUE" in statement.words(2),
        method=name_of(statement.tokens[using + 1]) if 0 < using < opening else UNSAID,
        where=_where(statement, closing),
        include=_included(statement, closing),
        place=place,
    )
    if table and spec.columns:
        yield Statement(TableName(table), "index_of", spec, place, Notation.SQL)


def entry_of(part: Clause) -> str:
    """A column of an index; an expression keeps its parentheses."""
    if len(part.tokens) > 1 and part.tokens[1].text == "(" and part.tokens[0].text != "(":
        closing = part.closing(1)
        return " ".join(
            filter(None, (f"({part.part(0, closing + 1).text})", part.part(closing + 1).text.upper()))
        )
    if part.tokens[0].text == "(":
        return part.text
    return " ".join(filter(None, (name_of(part.tokens[0]), part.part(1).text.upper())))


def _where(statement: Clause, closing: int) -> str | None:
    rest = statement.part(closing + 1)
    position = rest.find("WHERE")
    return rest.part(position + 1).text if position >= 0 else None


def _included(statement: Clause, closing: int) -> tuple[str, ...]:
    position = statement.find("INCLUDE")
    return names_in(statement, position + 1) if position > closing else ()


def create_type(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = qualified(statement, statement.find("TYPE") + 1)
    rest = statement.part(after)
    if rest.words(2) == ("AS", "ENUM"):
        values = tuple(t.text[1:-1].replace("''", "'") for t in rest.tokens if t.kind == "string")
        place = places(statement.line)
        yield everywhere("enum", EnumSpec(name=name, values=values, place=place), place)


def create_domain(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = qualified(statement, 2)
    rest = statement.part(after + (statement.part(after).words(1) == ("AS",)))
    reading, behind = type_of(rest)
    if reading is None:
        return
    facts = finish("VALUE", reading, read(behind.text))
    said = {f.name: f.value for f in facts}
    checks = [f.value for f in named_checks(behind, facts) if isinstance(f.value, CheckSpec)]
    spec = DomainSpec(
        name=name,
        type=reading.type,
        nullable=said["nullable"] is True if "nullable" in said else UNSAID,
        default=said.get("server_default", UNSAID),  # type: ignore[arg-type]
        checks=tuple(replace(c, place=places(statement.line)) for c in checks),
        place=places(statement.line),
    )
    yield everywhere("domain", spec, places(statement.line))


def create_sequence(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = qualified(statement, 2)
    text = statement.part(after).text
    as_type = re.search(r"(?i)\bas\s+(\w+)", text)
    start = re.search(r"(?i)\bstart\s+(?:with\s+)?(-?\d+)", text)
    increment = re.search(r"(?i)\bincrement\s+(?:by\s+)?(-?\s?\d+)", text)
    spec = SequenceSpec(
        name=name,
        type=as_type.group(1).lower() if as_type else UNSAID,
        start=int(start.group(1)) if start else UNSAID,
        increment=int(increment.group(1).replace(" ", "")) if increment else UNSAID,
        place=places(statement.line),
    )
    yield everywhere("sequence", spec, places(statement.line))


def read_comment(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    text = statement.tokens[-1]
    if text.kind != "string" or statement.words(3)[2:] not in (("TABLE",), ("COLUMN",)):
        return
    value = text.text[1:-1].replace("''", "'")
    parts = [name_of(t) for t in statement.tokens[3 : statement.find("IS")] if t.text != "."]
    place = places(statement.line)
    if statement.words(3)[2] == "TABLE":
        yield Statement(TableName(parts[-1]), "comment", value, place, Notation.SQL)
    elif len(parts) > 1:
        yield Statement(TableName(parts[-2]), "comment", value, place, Notation.SQL, parts[-1])
