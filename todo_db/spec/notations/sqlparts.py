"""The pieces that several SQL statements are made of: names, types, lists of columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from todo_db.findings import Place
from todo_db.spec import types
from todo_db.spec.constraints import unquoted
from todo_db.spec.document import UNSAID, CheckSpec, Unsaid
from todo_db.spec.sqltext import Clause, name_of
from todo_db.spec.statements import Fact

PlaceOf: TypeAlias = Callable[[int], Place]
"""Turns a line of an SQL text, counted from 0, into a place in the document."""


def qualified(clause: Clause, position: int) -> tuple[str, int]:
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


def named_checks(rest: Clause, facts: list[Fact]) -> list[Fact]:
    """Facts with the constraint names that stand before them (`CONSTRAINT c CHECK (…)`)."""
    checks = re.findall(r"(?i)\bconstraint\s+(\"[^\"]+\"|\w+)\s+check\b", rest.text)
    result: list[Fact] = []
    for fact in facts:
        if fact.name == "check" and isinstance(fact.value, CheckSpec) and checks:
            result.append(Fact("check", replace(fact.value, name=unquoted(checks.pop(0)))))
        else:
            result.append(fact)
    return result


def type_of(clause: Clause) -> tuple[types.TypeReading | None, Clause]:
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
    name, after = qualified(clause, 0)
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


def opening_of(clause: Clause, start: int = 0) -> int:
    return next(
        (i for i in range(start, len(clause.tokens)) if clause.tokens[i].text == "("), len(clause.tokens)
    )


def deferrable_of(text: str) -> str | Unsaid:
    upper = re.sub(r"\s+", " ", text.upper())
    if "INITIALLY DEFERRED" in upper:
        return "initially deferred"
    if "NOT DEFERRABLE" in upper:
        return "not deferrable"
    return "deferrable" if re.search(r"(?<!NOT )DEFERRABLE", upper) else UNSAID
