"""Puts settings into a pyproject.toml without touching another character of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

Values = Mapping[str, str | Sequence[str]]


def with_table(text: str, path: tuple[str, ...], values: Values) -> str | None:
    """The text with these keys in the table `path`, which is appended where there is none.

    Keys that it has already stay as they are. None where that cannot be done by inserting lines: the table is
    written inline or in dotted keys, or the result would say anything else than before and these keys.
    """
    before = tomllib.loads(text.removeprefix("\ufeff"))
    there = _table(before, path)
    if there is not None and not isinstance(there, dict):
        return None
    new = {k: v for k, v in values.items() if k not in (there or {})}
    if not new:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    lines = [f"{key} = {_literal(value)}" for key, value in new.items()]
    after = _inserted(text, path, lines, end) or _appended(text, path, lines, end)
    return after if _says(after, before, path, new) else None


def _table(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _literal(value: str | Sequence[str]) -> str:
    """JSON's strings and lists are TOML's, too."""
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False)


def _appended(text: str, path: Sequence[str], lines: Sequence[str], end: str) -> str:
    gap = "" if not text.strip("\ufeff") else end if text.endswith("\n") else end * 2
    return text + gap + end.join([f"[{'.'.join(path)}]", *lines, ""])


def _inserted(text: str, path: Sequence[str], lines: Sequence[str], end: str) -> str | None:
    names = r"\s*\.\s*".join(rf"[\"']?{re.escape(name)}[\"']?" for name in path)
    header = re.search(rf"^[ \t]*\[\s*{names}\s*\][ \t]*(#[^\r\n]*)?(\r?\n|$)", text, re.MULTILINE)
    if header is None:
        return None
    gap = "" if header[2] else end
    return text[: header.end()] + gap + "".join(line + end for line in lines) + text[header.end() :]


def _says(after: str, before: Mapping[str, Any], path: Sequence[str], new: Values) -> bool:
    """Whether the text is what it was, and the keys."""
    try:
        found = tomllib.loads(after.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return False
    table = _table(found, path)
    if not isinstance(table, dict) or any(table.pop(key, None) != _plain(v) for key, v in new.items()):
        return False
    return _pruned(found, path) == _pruned(before, path)


def _plain(value: str | Sequence[str]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _pruned(document: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Without the tables on the way that hold nothing."""
    copy = dict(document)
    if path and isinstance(copy.get(path[0]), Mapping):
        copy[path[0]] = _pruned(copy[path[0]], path[1:])
        if not copy[path[0]]:
            del copy[path[0]]
    return copy
