"""Names and values come from databases and documents that nobody vouches for: make them safe to show."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls, line and paragraph separators, the marks that reorder text, lone surrogates.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_HIDDEN_BUT_LINES = re.compile(_HIDDEN.pattern.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f"))


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    short = {9: r"\t", 10: r"\n", 13: r"\r"}.get(code)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def visible(text: str) -> str:
    """The text on one line, with everything that a terminal would act upon written out."""
    return _HIDDEN.sub(_shown, text)


def visible_lines(text: str) -> list[str]:
    """As `visible`, but the text's own line breaks are kept."""
    return _HIDDEN_BUT_LINES.sub(_shown, text.replace("\r\n", "\n")).expandtabs(4).split("\n")


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cell(c) for c in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int | None) -> list[str]:
    """Lines of at most `width` columns, broken between words where that is possible."""
    if width is None:
        return visible_lines(text)
    return [line for whole in visible_lines(text) for line in _wrap_line(whole, max(width, 8))]


def _wrap_line(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in re.findall(r"\s*\S+", text):
        if cells(line + word) <= width:
            line += word
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word.lstrip(), width)
        lines += full
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    """A word that is longer than a line, cut."""
    pieces = [""]
    for char in word:
        if cells(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces
