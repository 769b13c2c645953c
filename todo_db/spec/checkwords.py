"""Checks that are said in words: 'must be one of', 'length between 1 and 200', 'must not be empty'."""

from __future__ import annotations

import re
from collections.abc import Collection

from todo_db.spec.columns import in_list, listed_values
from todo_db.spec.document import CheckSpec
from todo_db.spec.valuelists import values_in

_EXPRESSION = re.compile(
    r"\A(?P<expr>(?:not\s+)?\(?\s*(?:[a-z_]\w*\s*\(\s*)*[\w.\"]+\s*\)*\s*(?:<=|>=|<>|!=|=|<|>|~\*?|\bin\s*\(|\bis\s+(?:not\s+)?null\b|\bbetween\s+\S+\s+and\b|\bor\b|\band\b|\bi?like\b\s*').*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_CHECK = re.compile(r"\bcheck\b\s*(?:constraint)?\s*:?\s*(?=\()", re.IGNORECASE)


def balanced(text: str, start: int) -> str | None:
    """What stands inside the parenthesis that opens at `start`, or None where it is not closed."""
    depth = 0
    quote = ""
    for position in range(start, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return text[start + 1 : position].strip()
    return None


_SQL_WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "null",
        "is",
        "in",
        "between",
        "like",
        "ilike",
        "similar",
        "to",
        "true",
        "false",
        "any",
        "all",
        "array",
        "interval",
        "case",
        "when",
        "then",
        "else",
        "end",
        "current_timestamp",
        "current_date",
        "now",
        "text",
        "integer",
        "date",
        "timestamp",
        "timestamptz",
        "varchar",
        "distinct",
        "from",
        "at",
        "time",
        "zone",
        "collate",
        "exists",
        "uuid",
        "numeric",
        "boolean",
        "jsonb",
        "json",
    ]
)


def sql_check(text: str, columns: Collection[str]) -> str | None:
    """The expression of `CHECK (…)` in a text, or the text itself where it is an SQL expression over
    `columns`."""
    if found := _CHECK.search(text):
        inner = balanced(text, found.end())
        return inner if inner and (_WORDY.search(inner) or _is_sql(inner, columns)) else None
    expression = text.strip().rstrip(".")
    return expression if _EXPRESSION.match(expression) and _is_sql(expression, columns) else None


_WORDY = re.compile(r"[=<>~]|\bin\s*\(|\bis\s+(?:not\s+)?null\b|\blike\b|\w\(", re.IGNORECASE)


def _is_sql(text: str, columns: Collection[str]) -> bool:
    """Whether every word outside quotes is a column, a function that is called, or SQL's own."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", text.lower())
    names = {c.lower() for c in columns}
    words = re.findall(r"(?<![\w:])([^\W\d]\w*)(?!\w)(\s*\()?", bare)
    return all(w in names or w in _SQL_WORDS or call for w, call in words)


def worded_check(column: str, text: str, *, loose: bool) -> CheckSpec | None:
    """The CHECK that a sentence about a column means.

    loose: the sentence stands where only checks are listed; else only an explicit set of values, or a
    formula, makes a constraint of the database out of it.
    """
    values = listed_values(text)
    if values and re.search(
        r"\b(?:one of|in|values?|either|allowed|limited to|enum|only|must be|has to be)\b|:",
        text,
        re.IGNORECASE,
    ):
        return in_list(column, values)
    if re.search(r"length\s*>\s*0", text, re.IGNORECASE):
        return CheckSpec(expr=f"char_length({column}) > 0")
    return _loose(column, text) if loose else None


def _loose(column: str, text: str) -> CheckSpec | None:  # noqa: PLR0911 - one per wording
    if values := values_in(text) or listed_values(text):
        return in_list(column, values)
    low = text.lower()
    length = bool(re.search(r"length|char(?:acter)?s?\b|\blong\b", low))
    subject = f"char_length({column})" if length else column
    if found := re.search(r"(?:between\s+)?(-?\d+(?:\.\d+)?)\s*(?:and|to|-|–)\s*(-?\d+(?:\.\d+)?)", low):
        return CheckSpec(expr=f"{subject} BETWEEN {found.group(1)} AND {found.group(2)}")
    for pattern, operator in _BOUNDS:
        if found := re.search(pattern + r"\s*(-?\d+(?:\.\d+)?)", low):
            return CheckSpec(expr=f"{subject} {operator} {found.group(1)}")
    if re.search(r"(?:not|non|cannot|never)[\s-]+(?:be\s+)?(?:an?\s+)?empty|non-empty|not\s+blank", low):
        return CheckSpec(expr=f"char_length({column}) > 0")
    if re.search(r"non-?negative", low):
        return CheckSpec(expr=f"{column} >= 0")
    if re.search(r"\bpositive\b", low):
        return CheckSpec(expr=f"{column} > 0")
    return None


_BOUNDS = (
    (
        r"(?:up\s+to|at\s+most|max(?:imum)?(?:\s+(?:of|length))?|no\s+more\s+than|<=|≤|not\s+exceed|"
        r"limit(?:s|ed|ing)?(?:\s+\w+){0,3}?\s+to)",
        "<=",
    ),
    (r"(?:at\s+least|min(?:imum)?(?:\s+(?:of|length))?|>=|≥)", ">="),
    (r"(?:greater\s+than|more\s+than|>)", ">"),
    (r"(?:less\s+than|fewer\s+than|<)", "<"),
)
