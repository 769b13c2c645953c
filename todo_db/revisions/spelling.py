"""Expressions as people write them, where PostgreSQL stores the very same for it.

PostgreSQL prints `status IN ('a', 'b')` as `(status)::text = ANY ((ARRAY['a'::character varying, …`. What is
written here is read back by the proof; where it should not come out the same, the revision is written
again with PostgreSQL's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from todo_db.compare import base_type
from todo_db.objects.change import Statement
from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.index import Index
from todo_db.objects.policy import Policy
from todo_db.plan import Change
from todo_db.schema import DbObject

_STRING = r"'(?:[^']|'')*'"
_NAME = r'(?:[a-z_][a-z0-9_]*|"(?:[^"]|"")+")'
_DEFAULT = re.compile(rf"({_STRING})::([^':]+)")
# how IN (…) is stored for a varchar and for a text column
_VARCHAR = f"{_STRING}::character varying"
_VARCHAR_IN = re.compile(
    rf"\(({_NAME})\)::text = ANY \(\(ARRAY\[({_VARCHAR}(?:, {_VARCHAR})+)\]\)::text\[\]\)"
)
_TEXT_IN = re.compile(rf"({_NAME}) = ANY \(ARRAY\[({_STRING}::text(?:, {_STRING}::text)+)\]\)")
_STRING_OR_NAME = re.compile(rf'({_STRING}|"(?:[^"]|"")+")')
_CAST_STRING = re.compile(rf"({_STRING})::(?:character varying|text)")


def plainly(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes with defaults, checks and predicates as people write them."""
    return tuple(_change(change) for change in changes)


def default(expression: str, type_name: str) -> str:
    """A default without the cast that the column's type gives it anyway."""
    match = _DEFAULT.fullmatch(expression)
    return match[1] if match and base_type(match[2]) == base_type(type_name) else expression


def condition(expression: str) -> str:
    """A condition with IN for its stored form."""
    for stored in (_VARCHAR_IN, _TEXT_IN):
        expression = stored.sub(_in, expression)
    return expression


def policy(expression: str) -> str:
    """A policy's condition on one line, without the casts that a string needs nowhere and without names of
    columns that only a subquery has."""
    parts = _STRING_OR_NAME.split(expression)
    parts[::2] = [re.sub(r"\s+", " ", p).replace("( SELECT", "(SELECT") for p in parts[::2]]
    text = _CAST_STRING.sub(_first, "".join(parts)).replace(' AS "nullif"', "")
    return text[1:-1] if _is_wrapped(text) else text


def _is_wrapped(text: str) -> bool:
    """Whether the first parenthesis is closed by the last."""
    depth = 0
    bare = _STRING_OR_NAME.sub("", text)
    for position, letter in enumerate(bare):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return bool(bare) and letter == ")" and position == len(bare) - 1
    return False


def _in(match: re.Match[str]) -> str:
    return f"{match[1]} IN ({_CAST_STRING.sub(_first, match[2])})"


def _first(match: re.Match[str]) -> str:
    return match[1]


def _change(change: Change) -> Change:
    return replace(
        change,
        after=_object(change.after) if change.after is not None else None,
        members=tuple(_object(m) for m in change.members),
        statements=tuple(_statement(s, change) for s in change.statements),
    )


def _object(obj: DbObject) -> DbObject:
    if isinstance(obj, Column) and obj.default is not None:
        return replace(obj, default=default(obj.default, obj.type))
    if isinstance(obj, Check):
        return replace(obj, expression=condition(obj.expression))
    if isinstance(obj, Index) and obj.predicate is not None:
        return replace(obj, predicate=condition(obj.predicate))
    return obj


def _statement(statement: Statement, change: Change) -> Statement:
    """Policies; and ALTER COLUMN … SET DEFAULT, from which `op.alter_column` is written."""
    column = change.after
    if isinstance(column, Policy):
        sql = statement.sql
        for expression in filter(None, (column.using, column.check)):
            sql = sql.replace(f"({expression})", f"({policy(expression)})")
        return replace(statement, sql=sql)
    if change.action != "alter" or not isinstance(column, Column) or column.default is None:
        return statement
    head, words, expression = statement.sql.partition(" SET DEFAULT ")
    if not words or expression != column.default:
        return statement
    return replace(statement, sql=head + words + default(expression, column.type))
