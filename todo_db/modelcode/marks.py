"""How a file that was written by `todo-db models` is told from one that a person has changed since."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize

_MARK = re.compile(r"^# Written by todo-db models \(([0-9a-f]{12})\)[^\n]*\n", re.MULTILINE)
_PLACE = re.compile(r"(\.(?:md|markdown|ya?ml)):\d+")


def marked(text: str) -> str:
    """The text with its mark as the first line."""
    return f"# Written by todo-db models ({_sum(text)}): once changed by hand, it is left alone.\n{text}"


def is_ours(text: str) -> bool:
    """Whether a file's text is what was written, layout and quotes apart."""
    match = _MARK.search(text)
    return match is not None and match[1] == _sum(_MARK.sub("", text))


def has_mark(text: str) -> bool:
    """Whether the file was once written by us, changed since or not."""
    return _MARK.search(text) is not None


def same(one: str, other: str) -> bool:
    """Whether two files say the same, whatever their marks, layout and the line numbers of the spec."""
    return _sum(_MARK.sub("", one)) == _sum(_MARK.sub("", other))


def _sum(text: str) -> str:
    """Of the code and its comments, without layout; a formatter's work is nobody's change."""
    text = _PLACE.sub(r"\1", text)
    try:
        code = ast.unparse(ast.parse(text))
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        code += "".join(t.string for t in tokens if t.type == tokenize.COMMENT)
    except (SyntaxError, tokenize.TokenError, ValueError):
        code = text
    return hashlib.sha256(code.encode()).hexdigest()[:12]
