"""SQL text → tokens with lines, statements and lists; the author's spelling is kept.

A full SQL parser would respell expressions, lose their places and refuse the dialects and fragments that
people write in specs; and importing one costs more than reading a large spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>--[^\n]*|\#[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<dollar>\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
    |(?P<string>[eEbBxX]?'(?:[^'\\]|''|\\.)*(?:'|\Z))
    |(?P<quoted>"(?:[^"]|"")*"|`[^`]*`)
    |(?P<word>[^\W\d]\w*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<mark>::|<=|>=|<>|!=|->>|->|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `start` and `end` are offsets in the text, `line` counts from 0."""

    kind: str
    text: str
    start: int
    end: int
    line: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text


@dataclass(frozen=True, slots=True)
class Clause:
    """A run of tokens of one SQL text, without comments."""

    sql: str
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The clause as it was written, with comments and line breaks made one space."""
        if not self.tokens:
            return ""
        pieces = [self.tokens[0].text]
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            pieces.append(" " if token.start > before.end else "")
            pieces.append(token.text)
        return "".join(pieces)

    @property
    def line(self) -> int:
        return self.tokens[0].line if self.tokens else 0

    def words(self, count: int) -> tuple[str, ...]:
        """The first tokens in upper case."""
        return tuple(t.upper for t in self.tokens[:count])

    def part(self, start: int, end: int | None = None) -> Clause:
        return Clause(self.sql, self.tokens[start:end])

    def find(self, *words: str) -> int:
        """Where these words stand one after another outside parentheses; -1 where they do not."""
        depth = 0
        for position, token in enumerate(self.tokens):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and tuple(t.upper for t in self.tokens[position : position + len(words)]) == words:
                return position
        return -1

    def closing(self, opening: int) -> int:
        """The position of the parenthesis that closes the one at `opening`, or the end."""
        depth = 0
        for position in range(opening, len(self.tokens)):
            depth += (self.tokens[position].text == "(") - (self.tokens[position].text == ")")
            if depth == 0:
                return position
        return len(self.tokens)

    def split(self, separator: str = ",") -> list[Clause]:
        """The parts between separators outside parentheses."""
        parts: list[Clause] = []
        depth = start = 0
        for position, token in enumerate(self.tokens):
            depth += (token.text in "([") - (token.text in ")]")
            if depth <= 0 and token.text == separator:
                parts.append(self.part(start, position))
                start = position + 1
        parts.append(self.part(start))
        return [p for p in parts if p.tokens]


@dataclass(frozen=True, slots=True)
class SqlStatement(Clause):
    """A statement and the comments that stand directly above it."""

    comments: str = ""


def tokens_of(sql: str) -> Iterator[Token]:
    line = 0
    for found in _TOKEN.finditer(sql):
        text = found.group()
        kind = found.lastgroup or "mark"
        if kind == "tag":
            kind = "dollar"
        if kind != "space":
            yield Token(kind, text, found.start(), found.end(), line)
        line += text.count("\n")


def statements_of(sql: str) -> list[SqlStatement]:
    """The statements of a text. One without a semicolon also ends before a line that begins another."""
    result: list[SqlStatement] = []
    current: list[Token] = []
    comments: list[str] = []
    depth = 0
    for token in tokens_of(sql):
        if token.kind == "comment":
            comments += [token.text.lstrip("-#/* ").rstrip("*/ ")] if not current else []
            continue
        starts = token.upper in STARTS and depth <= 0 and (not current or current[-1].line < token.line)
        if token.text == ";" or (
            starts and current and current[0].upper in STARTS and not _continues(current)
        ):
            result += _finished(sql, current, comments)
            current, comments, depth = [], [], 0
            if token.text == ";":
                continue
        depth += (token.text == "(") - (token.text == ")")
        current.append(token)
    return result + _finished(sql, current, comments)


STARTS = {"CREATE", "ALTER", "COMMENT", "INSERT", "UPDATE", "DELETE", "SELECT", "DROP", "GRANT"}


def _continues(current: Sequence[Token]) -> bool:
    """Whether a statement may go on with one of the words that begin statements (`ON DELETE`, `BEFORE
    UPDATE`)."""
    return current[0].upper in ("SELECT", "INSERT", "GRANT") or current[-1].upper in (
        "ON",
        "BEFORE",
        "AFTER",
        "OR",
        "FOR",
        ",",
    )


def _finished(sql: str, tokens: list[Token], comments: list[str]) -> list[SqlStatement]:
    return [SqlStatement(sql, tuple(tokens), ". ".join(comments))] if tokens else []


def name_of(token: Token) -> str:
    """An identifier as it is called: folded to lower case, as PostgreSQL does, unless it is quoted."""
    if token.kind == "quoted":
        return token.text[1:-1].replace('""', '"')
    return token.text.lower()
