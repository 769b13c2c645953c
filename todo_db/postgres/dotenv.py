"""Reads a `.env` file: assignments, quotes and comments, and nothing is carried out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from todo_db.errors import UndeterminedError

_ENTRY = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*
    (?:'(?P<literal>[^']*)'
      |"(?P<quoted>(?:[^"\\]|\\.)*)"
      |(?P<plain>[^\n]*?))
    [ \t]*(?:(?<=[\s'"=])\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value and whether it holds `${…}`, which other tools replace and we do not."""

    text: str
    interpolated: bool = False

    def __repr__(self) -> str:
        return "Value(…)"  # may be a secret


def read(path: Path) -> dict[str, Value]:
    """The variables of a file, the last assignment of a name counts; empty where there is no file.

    Raises UndeterminedError where it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UndeterminedError(f"the file cannot be read: {reason}", where=str(path)) from None
    return parse(text)


def parse(text: str) -> dict[str, Value]:
    """The variables that a text assigns."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return {match["name"]: _value(match) for match in _ENTRY.finditer(text)}


def _value(match: re.Match[str]) -> Value:
    if match["literal"] is not None:
        return Value(match["literal"])
    if match["quoted"] is not None:
        raw = match["quoted"]
        return Value(_ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[1]), raw), _interpolates(raw))
    return Value(match["plain"].strip(), _interpolates(match["plain"]))


def _interpolates(raw: str) -> bool:
    return re.search(r"(?<!\\)\$\{\w+", raw) is not None
