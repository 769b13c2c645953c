"""SQL as people sketch it in a fence: `users (id uuid, …)` without CREATE TABLE, columns or constraints alone
below a table's heading, and lines such as `ix_users_email ON users (email)`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Place
from todo_db.spec import types
from todo_db.spec.dialects import in_own_words
from todo_db.spec.markdown import Fence
from todo_db.spec.notations.sql import (
    CONSTRAINT_WORDS,
    LANGUAGES,
    below_of,
    foreign_words,
    read_element,
    read_sql_text,
)
from todo_db.spec.notations.sqlparts import PlaceOf, qualified
from todo_db.spec.source import Source
from todo_db.spec.sqltext import STARTS, Clause, statements_of
from todo_db.spec.statements import Notation, Statement, TableName

_INDEX = re.compile(
    r"\s*(?P<unique>UNIQUE\s+)?(?:INDEX\s+)?(?P<name>\w+)\s+(?P<rest>ON\s+[\w.\"]+\s*\(.*)\Z", re.IGNORECASE
)


def read_sql_sketches(source: Source) -> Iterator[Statement]:
    """Statements of what stands in fences of SQL and is none of its statements."""
    for fence in source.blocks(Fence):
        if fence.language in LANGUAGES:
            below = source.table(fence.context)
            made = False
            for clause in statements_of(in_own_words(fence.text)[0]):
                if clause.tokens[0].upper not in STARTS:
                    for part in _tables_apart(clause):
                        for statement in _sketch(part, below, below_of(source, fence)):
                            made = True
                            yield statement
            if made:
                yield from foreign_words(source, fence)


def _tables_apart(clause: Clause) -> Iterator[Clause]:
    """`users (…)` and `tasks (…)` on lines of their own, with no semicolon between them."""
    tokens = clause.tokens
    start, depth = 0, 0
    for position, token in enumerate(tokens):
        fresh = position > start and not depth and token.line > tokens[position - 1].line
        if fresh and token.kind in ("word", "quoted") and token.upper not in CONSTRAINT_WORDS:
            _, opening = qualified(clause, position)
            if opening < len(tokens) and tokens[opening].text == "(" and tokens[position - 1].text == ")":
                yield clause.part(start, position)
                start = position
        depth += (token.text == "(") - (token.text == ")")
    yield clause.part(start)


def _sketch(clause: Clause, below: TableName | None, places: PlaceOf) -> Iterator[Statement]:
    name, opening = qualified(clause, 0)
    opens = opening < len(clause.tokens) and clause.tokens[opening].text == "("
    if clause.tokens[0].upper in CONSTRAINT_WORDS:
        if below is not None:
            yield from _elements(below, clause, places)
    elif opens and clause.tokens[0].kind in ("word", "quoted"):
        closing = clause.closing(opening)
        body = clause.part(opening + 1, closing)
        if _are_columns(body):
            table = TableName(name)
            yield Statement(table, "table", "", places(clause.line), Notation.SQL)
            yield from _elements(table, body, places)
            yield from _indexes(clause.part(closing + 1), places)
    elif below is not None and _are_columns(clause):
        yield from _elements(below, clause, places)


def _elements(table: TableName, body: Clause, places: PlaceOf) -> Iterator[Statement]:
    for element in body.split():
        yield from read_element(table, element, places)


def _are_columns(body: Clause) -> bool:
    """Whether the parts are columns with types, and constraints; two of them at least."""
    parts = [p for p in body.split() if p.tokens[0].upper not in CONSTRAINT_WORDS]
    return len(body.split()) > 1 and bool(parts) and all(_is_column(p) for p in parts)


def _is_column(part: Clause) -> bool:
    return part.tokens[0].kind in ("word", "quoted") and types.take(part.part(1).text) is not None


def _indexes(rest: Clause, places: PlaceOf) -> Iterator[Statement]:
    """The lines below a table that name its indexes."""
    lines: dict[int, list[str]] = {}
    for token in rest.tokens:
        lines.setdefault(token.line, []).append(token.text)
    for number, words in lines.items():
        if found := _INDEX.match(" ".join(words)):
            sql = f"CREATE {found['unique'] or ''}INDEX {found['name']} {found['rest']}"
            yield from read_sql_text(sql, _always(places(number)))


def _always(place: Place) -> PlaceOf:
    return lambda _line: place
