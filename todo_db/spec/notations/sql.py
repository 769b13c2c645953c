"""Fenced SQL: CREATE TABLE, CREATE INDEX, CREATE TYPE, ALTER TABLE, COMMENT ON; tolerant of other
dialects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from todo_db.findings import Place
from todo_db.spec import types
from todo_db.spec.columns import finish
from todo_db.spec.constraints import read, unquoted
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    DomainSpec,
    EnumSpec,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    SequenceSpec,
    UniqueSpec,
    Unsaid,
)
from todo_db.spec.markdown import Fence
from todo_db.spec.source import Source
from todo_db.spec.sqltext import Clause, SqlStatement, Token, name_of, statements_of
from todo_db.spec.statements import Fact, Force, Notation, Statement, TableName, about_column

_SQL_START = re.compile(
    r"\s*(?:--[^\n]*\s*)*(?:create\s+(?:table|index|unique|type)|alter\s+table)\b", re.IGNORECASE
)
_LANGUAGES = {"sql", "postgresql", "postgres", "pgsql", "plpgsql", "ddl", "mysql", "sqlite"}


def read_sql(source: Source) -> Iterator[Statement]:
    """Statements of every fence of SQL that counts."""
    for fence in source.blocks(Fence):
        if is_sql(fence):
            yield from read_sql_text(fence.text, _below(source, fence))


def read_sql_recipes(source: Source) -> Iterator[Statement]:
    """Statements of the SQL in migration recipes; they count for tables that nothing else states."""
    for fence in source.blocks(Fence, recipes=True):
        if is_sql(fence):
            yield from read_sql_text(fence.text, _below(source, fence))


def _below(source: Source, fence: Fence) -> PlaceOf:
    return lambda line: source.place(fence.line + line)


def is_sql(fence: Fence) -> bool:
    return fence.language in _LANGUAGES or (not fence.language and bool(_SQL_START.match(fence.text)))


PlaceOf: TypeAlias = Callable[[int], Place]
"""Turns a line of an SQL text, counted from 0, into a place in the document."""


def read_sql_text(sql: str, places: PlaceOf) -> Iterator[Statement]:
    """Statements of an SQL text; `places` turns a line of it, counted from 0, into a place."""
    for statement in statements_of(sql):
        first = statement.words(1)
        if first == ("CREATE",):
            yield from _create(statement, places)
        elif statement.words(2) == ("ALTER", "TABLE"):
            yield from _alter(statement, places)
        elif statement.words(2) == ("COMMENT", "ON"):
            yield from _comment(statement, places)


def _create(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    words = [w for w in statement.words(12) if w not in ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED")]
    if len(words) < 3:
        return
    if words[1] == "TABLE":
        yield from _create_table(statement, places)
    elif words[1] == "INDEX" or words[1:3] == ["UNIQUE", "INDEX"]:
        yield from _create_index(statement, places)
    elif words[1] == "TYPE":
        yield from _create_type(statement, places)
    elif words[1] in ("EXTENSION", "SCHEMA"):
        names = [t for t in statement.tokens[2:] if t.upper not in ("IF", "NOT", "EXISTS")]
        if names:
            yield _global(words[1].lower(), name_of(names[0]), places(statement.line))
    elif words[1] == "DOMAIN":
        yield from _create_domain(statement, places)
    elif words[1] == "SEQUENCE":
        yield from _create_sequence(statement, places)
    elif words[1] == "TRIGGER":
        yield from _trigger(statement, places)


def _global(fact: str, value: object, place: Place) -> Statement:
    return Statement(None, fact, value, place, Notation.SQL)


def _trigger(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    """A trigger that refreshes a column named in its own name."""
    on = statement.find("ON")
    found = re.search(r"updated?_?\w*?(updated_at|modified_at|updated_on)", statement.text.lower())
    if found and "UPDATE" in statement.words(9) and on > 0:
        table, _ = _qualified(statement, on + 1)
        yield Statement(
            TableName(table),
            "on_update",
            "now()",
            places(statement.line),
            Notation.SQL,
            found.group(1),
            Force.HINT,
        )


def _qualified(clause: Clause, position: int) -> tuple[str, int]:
    """The table name at a position, with its schema unless that is public, and where it ends."""
    tokens = clause.tokens
    while position < len(tokens) and tokens[position].upper in ("IF", "NOT", "EXISTS", "ONLY"):
        position += 1
    if position >= len(tokens):
        return "", position
    name = name_of(tokens[position])
    if position + 2 < len(tokens) and tokens[position + 1].text == ".":
        table = name_of(tokens[position + 2])
        return (table if name == "public" else f"{name}.{table}"), position + 3
    return name, position + 1


def _create_table(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = _qualified(statement, statement.find("TABLE") + 1)
    opening = next((i for i in range(after, len(statement.tokens)) if statement.tokens[i].text == "("), -1)
    if not name or opening < 0:
        return
    table = TableName(name)
    yield Statement(table, "table", statement.comments, places(statement.line), Notation.SQL)
    body = statement.part(opening + 1, statement.closing(opening))
    for element in body.split():
        yield from _element(table, element, places)


_CONSTRAINT_WORDS = {"CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "EXCLUDE", "KEY", "INDEX", "LIKE"}


def _element(table: TableName, element: Clause, places: PlaceOf) -> Iterator[Statement]:
    first = element.tokens[0]
    second = element.tokens[1] if len(element.tokens) > 1 else first
    if first.kind == "word" and first.upper in _CONSTRAINT_WORDS and not _is_column(first, second):
        yield from _constraint(table, element, places)
    elif first.kind in ("word", "quoted"):
        yield from _column(table, element, places)


def _is_column(first: Token, second: Token) -> bool:
    """`key TEXT`, `index INTEGER`: a column that is called like a keyword."""
    return (
        first.upper in ("KEY", "INDEX", "LIKE")
        and second.kind == "word"
        and types.take(second.text) is not None
    )


def _column(table: TableName, element: Clause, places: PlaceOf) -> Iterator[Statement]:
    name = name_of(element.tokens[0])
    reading, rest = _type(element.part(1))
    rest, facts = _inline_reference(rest)
    facts += read(rest.text)
    place = places(element.line)
    told = finish(name, reading, facts)
    if not any(f.name in ("nullable", "primary_key", "identity") for f in told) and not _serial(reading):
        told.append(Fact("nullable", True, Force.IMPLIED))
    if not any(f.name == "server_default" for f in told) and not _serial(reading):
        told.append(Fact("server_default", None, Force.HINT))
    yield from about_column(table, name, _named(rest, told), place, Notation.SQL)


def _inline_reference(rest: Clause) -> tuple[Clause, list[Fact]]:
    """`REFERENCES public.users (id)` behind a type, and what stands around it."""
    position = rest.find("REFERENCES")
    if position < 0:
        return rest, []
    target, after = _qualified(rest, position + 1)
    columns: tuple[str, ...] = ()
    if after < len(rest.tokens) and rest.tokens[after].text == "(":
        columns = names_in(rest, after)
        after = rest.closing(after) + 1
    remaining = Clause(rest.sql, rest.tokens[:position] + rest.tokens[after:])
    return remaining, [Fact("references", ReferenceSpec(table=target, columns=columns))] if target else []


def _serial(reading: types.TypeReading | None) -> bool:
    return bool(reading and reading.autoincrement)


def _named(rest: Clause, facts: list[Fact]) -> list[Fact]:
    """Facts with the constraint names that stand before them (`CONSTRAINT c CHECK (…)`)."""
    checks = re.findall(r"(?i)\bconstraint\s+(\"[^\"]+\"|\w+)\s+check\b", rest.text)
    result: list[Fact] = []
    for fact in facts:
        if fact.name == "check" and isinstance(fact.value, CheckSpec) and checks:
            result.append(Fact("check", replace(fact.value, name=unquoted(checks.pop(0)))))
        else:
            result.append(fact)
    return result


def _type(clause: Clause) -> tuple[types.TypeReading | None, Clause]:
    """A column's type and what follows it. A type that is not PostgreSQL's is a name of the document's
    own."""
    if not clause.tokens or clause.tokens[0].upper in (
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "REFERENCES",
        "DEFAULT",
        "CHECK",
    ):
        return None, clause
    text = clause.text
    if taken := types.take(text):
        consumed = len(text) - len(taken[1])
        return taken[0], clause.part(_tokens_within(clause, consumed))
    name, after = _qualified(clause, 0)
    if after < len(clause.tokens) and clause.tokens[after].text == "(":
        after = clause.closing(after) + 1
    return types.TypeReading(name), clause.part(after)


def _tokens_within(clause: Clause, length: int) -> int:
    """How many tokens the first `length` characters of the clause's text are."""
    size = 0
    for position, token in enumerate(clause.tokens):
        size += len(token.text) + (position > 0 and token.start > clause.tokens[position - 1].end)
        if size >= length:
            return position + 1
    return len(clause.tokens)


def names_in(clause: Clause, opening: int) -> tuple[str, ...]:
    inner = clause.part(opening + 1, clause.closing(opening))
    return tuple(name_of(part.tokens[0]) for part in inner.split())


def _opening(clause: Clause, start: int = 0) -> int:
    return next(
        (i for i in range(start, len(clause.tokens)) if clause.tokens[i].text == "("), len(clause.tokens)
    )


def _constraint(table: TableName, element: Clause, places: PlaceOf) -> Iterator[Statement]:
    name: str | Unsaid = UNSAID
    place = places(element.line)
    if element.words(1) == ("CONSTRAINT",) and len(element.tokens) > 2:
        name, element = name_of(element.tokens[1]), element.part(2)
    words = element.words(2)
    value: object = None
    opening = _opening(element)
    if words == ("PRIMARY", "KEY"):
        value = PrimaryKeySpec(columns=names_in(element, opening), name=name, place=place)
    elif words == ("FOREIGN", "KEY"):
        value = _foreign_key(element, opening, name, place)
    elif words[:1] == ("UNIQUE",):
        value = _unique(element, opening, name, place)
    elif words[:1] == ("CHECK",):
        expr = element.part(opening + 1, element.closing(opening)).text
        value = CheckSpec(expr=expr, name=name, place=place)
    elif words[:1] == ("EXCLUDE",):
        value = ExclusionSpec(definition=element.text, name=name, place=place)
    elif words[:1] in (("INDEX",), ("KEY",)) and opening < len(element.tokens):
        own = name_of(element.tokens[1]) if opening > 1 else UNSAID
        value = IndexSpec(columns=names_in(element, opening), name=own, place=place)
    if value is not None:
        yield Statement(table, _KIND[type(value)], value, place, Notation.SQL)


def _unique(element: Clause, opening: int, name: str | Unsaid, place: Place) -> UniqueSpec:
    nulls = element.text.upper()
    distinct = None if " NULLS " not in nulls else "NULLS NOT DISTINCT" in nulls
    return UniqueSpec(
        columns=names_in(element, opening),
        name=name,
        nulls_not_distinct=UNSAID if distinct is None else distinct,
        deferrable=_deferrable(element.text),
        place=place,
    )


_KIND = {
    PrimaryKeySpec: "primary_key_of",
    ForeignKeySpec: "foreign_key",
    UniqueSpec: "unique_of",
    CheckSpec: "check",
    ExclusionSpec: "exclusion",
    IndexSpec: "index_of",
}


def _foreign_key(element: Clause, opening: int, name: str | Unsaid, place: Place) -> ForeignKeySpec | None:
    position = element.find("REFERENCES")
    if position < 0:
        return None
    target, after = _qualified(element, position + 1)
    has_columns = after < len(element.tokens) and element.tokens[after].text == "("
    columns = names_in(element, after) if has_columns else ()
    facts = {f.name: f.value for f in read(element.part(after).text)}
    reference = ReferenceSpec(
        table=target,
        columns=columns,
        on_delete=str(facts["on_delete"]) if "on_delete" in facts else UNSAID,
        on_update=str(facts["fk_on_update"]) if "fk_on_update" in facts else UNSAID,
    )
    return ForeignKeySpec(
        columns=names_in(element, opening),
        references=reference,
        name=name,
        deferrable=_deferrable(element.text),
        place=place,
    )


def _deferrable(text: str) -> str | Unsaid:
    upper = re.sub(r"\s+", " ", text.upper())
    if "INITIALLY DEFERRED" in upper:
        return "initially deferred"
    if "NOT DEFERRABLE" in upper:
        return "not deferrable"
    return "deferrable" if re.search(r"(?<!NOT )DEFERRABLE", upper) else UNSAID


def _create_index(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    on = statement.find("ON")
    if on < 0:
        return
    before = [
        t
        for t in statement.tokens[:on]
        if t.upper not in ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", "IF", "NOT", "EXISTS")
    ]
    table, after = _qualified(statement, on + 1)
    opening = _opening(statement, after)
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
    if len(part.tokens) > 1 and part.tokens[1].text == "(":
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


def _create_type(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = _qualified(statement, statement.find("TYPE") + 1)
    rest = statement.part(after)
    if rest.words(2) == ("AS", "ENUM"):
        values = tuple(t.text[1:-1].replace("''", "'") for t in rest.tokens if t.kind == "string")
        place = places(statement.line)
        yield _global("enum", EnumSpec(name=name, values=values, place=place), place)


def _create_domain(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = _qualified(statement, 2)
    rest = statement.part(after + (statement.part(after).words(1) == ("AS",)))
    reading, behind = _type(rest)
    if reading is None:
        return
    facts = finish("VALUE", reading, read(behind.text))
    said = {f.name: f.value for f in facts}
    checks = [f.value for f in _named(behind, facts) if isinstance(f.value, CheckSpec)]
    spec = DomainSpec(
        name=name,
        type=reading.type,
        nullable=said["nullable"] is True if "nullable" in said else UNSAID,
        default=said.get("server_default", UNSAID),  # type: ignore[arg-type]
        checks=tuple(replace(c, place=places(statement.line)) for c in checks),
        place=places(statement.line),
    )
    yield _global("domain", spec, places(statement.line))


def _create_sequence(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = _qualified(statement, 2)
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
    yield _global("sequence", spec, places(statement.line))


def _alter(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = _qualified(statement, 2)
    table = TableName(name)
    for act in statement.part(after).split():
        if act.words(1) != ("ADD",):
            continue
        rest = act.part(1)
        if rest.words(1) == ("COLUMN",):
            column = rest.part(1)
            column = column.part(3) if column.words(3) == ("IF", "NOT", "EXISTS") else column
            yield from _column(table, column, places) if column.tokens else ()
        elif rest.tokens and rest.tokens[0].upper in _CONSTRAINT_WORDS:
            yield from _constraint(table, rest, places)


def _comment(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
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
