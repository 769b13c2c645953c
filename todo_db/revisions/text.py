"""SQL inside Python: what `sa.text` makes of a string, and strings that it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from todo_db.revisions.code import Call, Text, call

_NAMELESS: ContextVar[bool] = ContextVar("nameless", default=False)

# As sqlalchemy.sql.elements.TextClause and sqlalchemy.sql.compiler have them; a test holds the two together.
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])")
_ESCAPED = re.compile(r"\\(:\w*)(?![:\w])")


def escaped(sql: str) -> str:
    """SQL as it has to be written where SQLAlchemy reads `:name` as a parameter."""
    sql = without_schema(sql) if _NAMELESS.get() else sql
    once = _ESCAPED.sub(lambda m: "\\" + m[0], sql)
    return _BIND.sub(lambda m: "\\" + m[0], once)


@contextmanager
def naming_no_schema(wanted: bool) -> Iterator[None]:
    """While the body runs, SQL is written without the name of the usual schema, so that any may be meant."""
    before = _NAMELESS.set(wanted)
    try:
        yield
    finally:
        _NAMELESS.reset(before)


# Quoted text and bodies of functions are somebody's own words, but for the name that is cast to regclass.
_QUALIFIED = re.compile(
    r"""(?P<reg>'public\.(?P<name>(?:[^']|'')*)'(?=::reg\w+))
    |(?P<kept>'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|"public"(?!\.)|"(?!public"\.)(?:[^"]|"")*")
    |(?<![\w."$])(?:public|"public")\.(?=[\w"])""",
    re.VERBOSE | re.DOTALL,
)


def without_schema(sql: str) -> str:
    """SQL without `public.`: whether it still does the same is proven where it is run."""
    return _QUALIFIED.sub(lambda m: f"'{m['name']}'" if m["reg"] else m["kept"] or "", sql)


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
