"""Fenced SQL: CREATE TABLE, CREATE INDEX, CREATE TYPE, ALTER TABLE, COMMENT ON; tolerant of other
dialects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Place
from todo_db.spec import rules, types
from todo_db.spec.columns import finish
from todo_db.spec.constraints import read
from todo_db.spec.defaults import is_python
from todo_db.spec.dialects import in_own_words, told
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    UniqueSpec,
    Unsaid,
)
from todo_db.spec.markdown import Fence
from todo_db.spec.notations.sqlobjects import (
    create_domain,
    create_index,
    create_sequence,
    create_type,
    everywhere,
    read_comment,
    read_trigger,
)
from todo_db.spec.notations.sqlparts import (
    PlaceOf,
    deferrable_of,
    named_checks,
    names_in,
    opening_of,
    qualified,
    type_of,
)
from todo_db.spec.source import Source
from todo_db.spec.sqltext import Clause, SqlStatement, Token, name_of, statements_of
from todo_db.spec.statements import Fact, Force, Notation, Statement, TableName, about_column

_SQL_START = re.compile(
    r"\s*(?:--[^\n]*\s*)*(?:create\s+(?:table|index|unique|type)|alter\s+table)\b", re.IGNORECASE
)
LANGUAGES = {"sql", "postgresql", "postgres", "pgsql", "plpgsql", "ddl", "mysql", "sqlite", "tsql", "mssql"}


def read_sql(source: Source) -> Iterator[Statement]:
    """Statements of every fence of SQL that counts."""
    for fence in source.blocks(Fence):
        if is_sql(fence):
            yield from read_sql_text(fence.text, below_of(source, fence))
            if re.search(r"\b(?:create|alter)\s+(?:table|(?:unique\s+)?index)\b", fence.text, re.IGNORECASE):
                yield from foreign_words(source, fence)


def foreign_words(source: Source, fence: Fence) -> Iterator[Statement]:
    """A finding per database whose SQL it is; for fences that make tables."""
    _, words = in_own_words(fence.text)
    for dialect in dict.fromkeys(w.dialect for w in words):
        those = [w for w in words if w.dialect == dialect]
        places = tuple(source.place(fence.line + line) for line in sorted({w.line for w in those}))
        message = f"This SQL has words of {dialect} that PostgreSQL refuses; they were read: {told(those)}."
        found = rules.finding(
            rules.FOREIGN_SQL,
            "file",
            source.document.path,
            message,
            places,
            hint=_FOREIGN_HINT,
            stated=dialect,
        )
        yield Statement(None, "finding", found, places[0], Notation.SQL)


_FOREIGN_HINT = "Write the statement as PostgreSQL takes it; `todo-db inspect spec --format sql` prints it."


def read_sql_recipes(source: Source) -> Iterator[Statement]:
    """Statements of the SQL in migration recipes; they count for tables that nothing else states."""
    for fence in source.blocks(Fence, recipes=True):
        if is_sql(fence):
            yield from read_sql_text(fence.text, below_of(source, fence))


def below_of(source: Source, fence: Fence) -> PlaceOf:
    """Places of the lines of a fence's text, counted from 0."""
    return lambda line: source.place(fence.line + line)


def is_sql(fence: Fence) -> bool:
    return fence.language in LANGUAGES or (not fence.language and bool(_SQL_START.match(fence.text)))


def read_sql_text(sql: str, places: PlaceOf) -> Iterator[Statement]:
    """Statements of an SQL text; `places` turns a line of it, counted from 0, into a place."""
    sql, _ = in_own_words(sql)
    for statement in statements_of(sql):
        first = statement.words(1)
        if first == ("CREATE",):
            yield from _create(statement, places)
        elif statement.words(2) == ("ALTER", "TABLE"):
            yield from _alter(statement, places)
        elif statement.words(2) == ("COMMENT", "ON"):
            yield from read_comment(statement, places)


def _create(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    words = [w for w in statement.words(12) if w not in ("OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED")]
    if len(words) < 3:
        return
    if words[1] == "TABLE":
        yield from _create_table(statement, places)
    elif words[1] == "INDEX" or words[1:3] == ["UNIQUE", "INDEX"]:
        yield from create_index(statement, places)
    elif words[1] == "TYPE":
        yield from create_type(statement, places)
    elif words[1] in ("EXTENSION", "SCHEMA"):
        names = [t for t in statement.tokens[2:] if t.upper not in ("IF", "NOT", "EXISTS")]
        if names:
            yield everywhere(words[1].lower(), name_of(names[0]), places(statement.line))
    elif words[1] == "DOMAIN":
        yield from create_domain(statement, places)
    elif words[1] == "SEQUENCE":
        yield from create_sequence(statement, places)
    elif words[1] == "TRIGGER":
        yield from read_trigger(statement, places)
    elif words[1] == "POLICY" and (on := statement.find("ON")) > 0:
        table, _ = qualified(statement, on + 1)
        yield Statement(TableName(table), "policy_of", True, places(statement.line), Notation.SQL)


def _create_table(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = qualified(statement, statement.find("TABLE") + 1)
    opening = next((i for i in range(after, len(statement.tokens)) if statement.tokens[i].text == "("), -1)
    if not name or opening < 0:
        return
    table = TableName(name)
    yield Statement(table, "table", statement.comments, places(statement.line), Notation.SQL)
    body = statement.part(opening + 1, statement.closing(opening))
    for element in body.split():
        yield from read_element(table, element, places)


CONSTRAINT_WORDS = {"CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "EXCLUDE", "KEY", "INDEX", "LIKE"}


def read_element(table: TableName, element: Clause, places: PlaceOf) -> Iterator[Statement]:
    """Statements of one part of a table's body: a column or a constraint."""
    first = element.tokens[0]
    second = element.tokens[1] if len(element.tokens) > 1 else first
    if first.kind == "word" and first.upper in CONSTRAINT_WORDS and not _is_column(first, second):
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
    reading, rest = type_of(element.part(1))
    rest, facts = _inline_reference(rest)
    facts += read(rest.text)
    place = places(element.line)
    told = [_of_database(f) for f in finish(name, reading, facts)]
    if not any(f.name in ("nullable", "primary_key", "identity") for f in told) and not _serial(reading):
        counted = any(f.name == "autoincrement" for f in told)
        told.append(Fact("nullable", not counted, Force.IMPLIED))
    if not any(f.name == "server_default" for f in told) and not _serial(reading):
        told.append(Fact("server_default", None, Force.HINT))
    yield from about_column(table, name, named_checks(rest, told), place, Notation.SQL)


def _of_database(fact: Fact) -> Fact:
    """In SQL a function that nobody knows is one of the database, too."""
    called = fact.name == "default" and isinstance(fact.value, str) and "(" in fact.value
    return fact._replace(name="server_default") if called and not is_python(str(fact.value)) else fact


def _inline_reference(rest: Clause) -> tuple[Clause, list[Fact]]:
    """`REFERENCES public.users (id)` behind a type, and what stands around it."""
    position = rest.find("REFERENCES")
    if position < 0:
        return rest, []
    target, after = qualified(rest, position + 1)
    columns: tuple[str, ...] = ()
    if after < len(rest.tokens) and rest.tokens[after].text == "(":
        columns = names_in(rest, after)
        after = rest.closing(after) + 1
    remaining = Clause(rest.sql, rest.tokens[:position] + rest.tokens[after:])
    return remaining, [Fact("references", ReferenceSpec(table=target, columns=columns))] if target else []


def _serial(reading: types.TypeReading | None) -> bool:
    return bool(reading and reading.autoincrement)


def _constraint(table: TableName, element: Clause, places: PlaceOf) -> Iterator[Statement]:
    name: str | Unsaid = UNSAID
    place = places(element.line)
    if element.words(1) == ("CONSTRAINT",) and len(element.tokens) > 2:
        name, element = name_of(element.tokens[1]), element.part(2)
    words = element.words(2)
    value: object = None
    opening = opening_of(element)
    if words == ("PRIMARY", "KEY"):
        value = PrimaryKeySpec(columns=names_in(element, opening), name=name, place=place)
    elif words == ("FOREIGN", "KEY"):
        value = _foreign_key(element, opening, name, place)
    elif words[:1] == ("UNIQUE",):
        value = _unique(element, opening, name or _key_name(element, opening), place)
    elif words[:1] == ("CHECK",):
        expr = element.part(opening + 1, element.closing(opening)).text
        value = CheckSpec(expr=expr, name=name, place=place)
    elif words[:1] == ("EXCLUDE",):
        value = ExclusionSpec(definition=element.text, name=name, place=place)
    elif words[:1] in (("INDEX",), ("KEY",)) and opening < len(element.tokens):
        own = name_of(element.tokens[1]) if opening > 1 else UNSAID
        value = IndexSpec(columns=names_in(element, opening), name=own, unique=False, place=place)
    if value is not None:
        yield Statement(table, _KIND[type(value)], value, place, Notation.SQL)


def _key_name(element: Clause, opening: int) -> str | Unsaid:
    """The name in MySQL's `UNIQUE KEY name (…)`."""
    named = opening > 1 and element.tokens[1].upper in ("KEY", "INDEX")
    return name_of(element.tokens[2]) if named and opening == 3 else UNSAID


def _unique(element: Clause, opening: int, name: str | Unsaid, place: Place) -> UniqueSpec:
    nulls = element.text.upper()
    distinct = None if " NULLS " not in nulls else "NULLS NOT DISTINCT" in nulls
    return UniqueSpec(
        columns=names_in(element, opening),
        name=name,
        nulls_not_distinct=UNSAID if distinct is None else distinct,
        deferrable=deferrable_of(element.text),
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
    target, after = qualified(element, position + 1)
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
        deferrable=deferrable_of(element.text),
        place=place,
    )


def _alter(statement: SqlStatement, places: PlaceOf) -> Iterator[Statement]:
    name, after = qualified(statement, 2)
    table = TableName(name)
    for act in statement.part(after).split():
        if act.words(1) != ("ADD",):
            continue
        rest = act.part(1)
        if rest.words(1) == ("COLUMN",):
            column = rest.part(1)
            column = column.part(3) if column.words(3) == ("IF", "NOT", "EXISTS") else column
            yield from _column(table, column, places) if column.tokens else ()
        elif rest.tokens and rest.tokens[0].upper in CONSTRAINT_WORDS:
            yield from _constraint(table, rest, places)
