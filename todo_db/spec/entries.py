"""Lists of columns in running text: `(user_id, created_at DESC)`, `tasks.user_id`, `user_id and status`."""

from __future__ import annotations

import re
from typing import NamedTuple

from todo_db.spec.constraints import IDENT, unquoted
from todo_db.spec.known import Known


class Entries(NamedTuple):
    """Columns of one table, as an index states them, and how far the text was read."""

    table: str | None
    columns: tuple[str, ...]
    end: int


_ENTRY = re.compile(
    rf"\s*(?:(?P<table>{IDENT})\.)?(?P<name>{IDENT})(?:\s*\(\s*(?P<arg>{IDENT})\s*\))?(?P<direction>\s+(?:ASC|DESC)\b(?:\s+NULLS\s+(?:FIRST|LAST)\b)?)?",
    re.IGNORECASE,
)
_ARGUMENTS = re.compile(r"\([^()]*\)")
_BETWEEN = re.compile(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*|\s*\+\s*|\s+y\s+)", re.IGNORECASE)
_NOUN = re.compile(r"\s+(?:columns?|fields?|status|flag|timestamps?|values?|date)\b", re.IGNORECASE)


def in_parentheses(text: str, table: str | None, known: Known) -> Entries | None:
    """The columns of `(a, b DESC)` or `t(a, b)` at the beginning of a text; every entry has to be a
    column."""
    found = re.match(rf"\s*(?P<table>{IDENT})?\s*\((?P<inner>(?:[^()]|\([^()]*\))+)\)", text)
    if not found:
        return None
    if found["table"]:
        table = known.table(unquoted(found["table"]))
        if table is None:
            return None
    columns: list[str] = []
    inner = _ARGUMENTS.sub(lambda f: f.group().replace(",", "\x00"), found["inner"])
    for part in inner.split(","):
        entry = _ENTRY.fullmatch(part.replace("\x00", ",").strip())
        column = _column(entry, table, known) if entry else None
        if column is None:
            return None
        table, text_ = column
        columns.append(text_)
    return Entries(table, tuple(columns), found.end())


def _column(entry: re.Match[str], table: str | None, known: Known) -> tuple[str, str] | None:
    """The table and the text of an entry: a column with its direction, or a function of one."""
    if entry["table"]:
        table = known.table(unquoted(entry["table"]))
    word = unquoted(entry["arg"] or entry["name"])
    if table is None:
        table = known.table_of_columns([word])
    column = known.column(table, word)
    if table is None or column is None:
        return None
    direction = " ".join((entry["direction"] or "").upper().split())
    written = f"({entry['name'].lower()}({column}))" if entry["arg"] else column
    return table, f"{written} {direction}".strip()


def listed(text: str, table: str | None, known: Known) -> Entries | None:
    """The columns that a text begins with: one or several, with `and` or commas between them."""
    if within := in_parentheses(text, table, known):
        return within
    columns: list[str] = []
    position = 0
    while entry := _ENTRY.match(text, position):
        found = None if entry["arg"] else _column(entry, table, known)
        if found is None:
            break
        table, column = found
        columns.append(column)
        position = entry.end()
        if noun := _NOUN.match(text, position):
            position = noun.end()
        if not (more := _BETWEEN.match(text, position)):
            break
        position = more.end()
    if columns:
        return Entries(table, tuple(columns), position)
    if column_ := known.leading_column(table, text):
        return Entries(table, (column_,), len(text) if len(text) < 40 else 40)
    return None
