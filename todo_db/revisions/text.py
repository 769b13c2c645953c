"""SQL inside Python: what `sa.text` makes of a string, and strings that it leaves alone."""

from __future__ import annotations

import re

from todo_db.revisions.code import Call, Text, call

# As sqlalchemy.sql.elements.TextClause and sqlalchemy.sql.compiler have them; a test holds the two together.
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])")
_ESCAPED = re.compile(r"\\(:\w*)(?![:\w])")


def escaped(sql: str) -> str:
    """SQL as it has to be written where SQLAlchemy reads `:name` as a parameter."""
    once = _ESCAPED.sub(lambda m: "\\" + m[0], sql)
    return _BIND.sub(lambda m: "\\" + m[0], once)


def stripped(expression: str) -> str:
    """An expression without the parentheses that PostgreSQL puts around the whole of it."""
    while expression.startswith("(") and _closing(expression) == len(expression) - 1:
        expression = expression[1:-1]
    return expression


def _closing(expression: str) -> int:
    """Where the parenthesis at the beginning is closed; parentheses within quotes do not count."""
    depth = 0
    for match in _BRACKETS.finditer(expression):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return -1


# An E'' string, in which a quote may be escaped, is left alone altogether: its parentheses stay.
_BRACKETS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]""")


def text(sql: str) -> Call:
    """`sa.text(…)` of this SQL."""
    return call("sa.text", escaped(sql))


def bare(sql: str) -> Text:
    """A string for an argument that SQLAlchemy itself takes as `text`."""
    return Text(escaped(sql))


def name(plain: str) -> Call:
    """A name that no naming convention of the metadata may change."""
    return call("op.f", plain)
