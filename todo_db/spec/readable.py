"""The catalog's spellings as people write them: the same meaning, fewer words."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SHORT = (
    (re.compile(r"\Acharacter varying\b"), "varchar"),
    (re.compile(r"\Acharacter(?=\()"), "char"),
    (re.compile(r"\Atimestamp(\(\d\))? with time zone"), r"timestamptz\1"),
    (re.compile(r"\Atimestamp(\(\d\))? without time zone"), r"timestamp\1"),
    (re.compile(r"\Apublic\.(?=[a-z_][a-z0-9_]*(?:\[\])?\Z)"), ""),
)


def short_type(text: str) -> str:
    """`character varying(200)` → `varchar(200)`: another spelling of the same type."""
    for pattern, short in _SHORT:
        text = pattern.sub(short, text)
    return text


def short_default(default: str | None, type_: str) -> str | None:
    """`'pending'::character varying` → `'pending'`, where the cast is to the column's own type."""
    found = re.fullmatch(r"('(?:[^']|'')*')::(.+)", default or "")
    own = re.sub(r"\(\d+(?:,\d+)?\)", "", type_)
    return found[1] if found and found[2] == own else default


def index_entry(text: str, order: str, named: Mapping[str, str]) -> str:
    """One key of an index: a column's name, or an expression in parentheses, with its order."""
    name = named.get(text) or (text[1:-1].replace('""', '"') if text.startswith('"') else text)
    is_column = name in named.values()
    suffix = "" if order == "asc" else " " + order.removeprefix("asc ").upper()
    if is_column:
        return f"{name}{suffix}"
    return f"({text}){suffix}" if not parenthesised(text) else f"{text}{suffix}"


def parenthesised(text: str) -> bool:
    """Whether one pair of parentheses encloses the whole text (those in literals left aside)."""
    depth = 0
    bare = re.sub(r"'(?:[^']|'')*'", lambda m: "x" * len(m[0]), text)
    for position, char in enumerate(bare):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return position == len(bare) - 1 and bare.startswith("(")
    return False


def bare(expression: str) -> str:
    """An expression without the parentheses that the catalog puts around the whole of it."""
    while parenthesised(expression):
        expression = expression[1:-1].strip()
    return expression


def check_body(definition: str) -> str:
    """`CHECK ((VALUE > 0))` → `VALUE > 0`."""
    return bare(definition.removeprefix("CHECK").removesuffix(" NOT VALID").strip())
