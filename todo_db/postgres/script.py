"""Splits an SQL script into statements exactly as psql does: quotes, comments, COPY data, meta commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>--[^\n]*)
    |(?P<block>/\*)
    |(?P<dollar>\$(?P<tag>[^\W\d]\w*)?\$)
    |(?P<escape>[eE]'(?:[^'\\]|''|\\.)*')
    |(?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    |(?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")
_COPY_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)


class ScriptError(ValueError):
    """The script ends within a quote or a comment that begins at `line`."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"{what} is not closed")
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is neither space nor comment; `line` counts from 1."""

    kind: str
    text: str
    line: int

    @property
    def upper(self) -> str:
        """A bare word in capitals; anything else as it is, so that "select" is not SELECT."""
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def name(self) -> str:
        """What the token means as an identifier."""
        if self.kind == "quoted":
            return self.text[self.text.index('"') + 1 : -1].replace('""', '"')
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement without its semicolon, a psql command, or the rows behind COPY … FROM stdin."""

    kind: Literal["statement", "command", "rows"]
    text: str
    line: int
    tokens: tuple[Token, ...] = ()

    def words(self, count: int) -> tuple[str, ...]:
        """The first words, in capitals."""
        return tuple(t.upper for t in self.tokens[:count])


def split(script: str) -> Iterator[Piece]:
    """The pieces of a script in order. Raises ScriptError for a quote or a comment without an end."""
    position, line = 0, 1
    while position < len(script):
        piece, after = _piece(script, position, line)
        if piece is not None:
            yield piece
        line += script.count("\n", position, after)
        position = after
        if piece is not None and _reads_rows(piece):
            end = _COPY_END.search(script, position)
            after = end.end() if end else len(script)
            yield Piece("rows", script[position:after], line)
            line += script.count("\n", position, after)
            position = after


def on_one_line(sql: str) -> str:
    """A statement without its comments and line ends; what is quoted stays as it is.

    Raises ScriptError for a quote or a comment without an end.
    """
    parts, position = [], 0
    while position < len(sql):
        kind, end = _token(sql, position, 1)
        parts.append(" " if kind in ("space", "comment", "block") else sql[position:end])
        position = end
    kept = [part for n, part in enumerate(parts) if part != " " or parts[n - 1 : n] != [" "]]
    return "".join(kept).strip(" ;")


def _piece(script: str, position: int, line: int) -> tuple[Piece | None, int]:
    """The next piece and where it ends; None where only spaces and comments are left."""
    tokens: list[Token] = []
    start = position
    depth = atomic = 0
    while position < len(script):
        kind, end = _token(script, position, line)
        text = script[position:end]
        if not tokens and kind not in ("space", "comment", "block"):
            start = position
            if text == "\\":
                end = script.find("\n", position) % (len(script) + 1)
                return Piece("command", script[position:end].strip(), line), end
        if text == ";" and depth <= 0 and atomic == 0:
            return _finished(script[start:position], tokens), end
        if kind not in ("space", "comment", "block"):
            tokens.append(Token(kind, text, line))
            depth += (text in ("(", "[")) - (text in (")", "]"))
            atomic = _atomic_depth(tokens, atomic)
        line += text.count("\n")
        position = end
    return _finished(script[start:position].rstrip(), tokens), position


def _finished(text: str, tokens: list[Token]) -> Piece | None:
    return Piece("statement", text, tokens[0].line, tuple(tokens)) if tokens else None


def _token(script: str, position: int, line: int) -> tuple[str, int]:
    """Kind and end of the token that begins here."""
    found = _TOKEN.match(script, position)
    assert found is not None  # 'mark' matches anything  # noqa: S101
    kind, end = found.lastgroup or "mark", found.end()
    if kind == "block":
        return kind, _block_end(script, position, line)
    if kind in ("dollar", "tag"):
        closing = script.find(found["dollar"], end)
        if closing < 0:
            raise ScriptError(f"the text that begins with {found['dollar']}", line)
        return "dollar", closing + len(found["dollar"])
    if kind == "mark" and found.group() in ("'", '"'):
        raise ScriptError("the quote that begins here", line)
    return kind, end


def _block_end(script: str, position: int, line: int) -> int:
    """Where a /* comment */, which may hold others, ends."""
    depth = 0
    for mark in _BLOCK.finditer(script, position):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    raise ScriptError("the comment that begins here", line)


def _atomic_depth(tokens: list[Token], depth: int) -> int:
    """How deep we are in BEGIN ATOMIC … END of a routine, in which semicolons end nothing."""
    word = tokens[-1].upper
    if depth == 0:
        opens = word == "ATOMIC" and len(tokens) > 1 and tokens[-2].upper == "BEGIN"
        return int(opens and tokens[0].upper == "CREATE")
    if word == "CASE":
        return depth + 1
    return depth - 1 if word == "END" else depth


def _reads_rows(piece: Piece) -> bool:
    words = [t.upper for t in piece.tokens]
    return words[:1] == ["COPY"] and "STDIN" in words and "FROM" in words
