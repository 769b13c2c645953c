"""Passwords never leave the program: what is shown to people passes through here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

MASK = "***"

# Greedy up to the last '@' of the word, because people paste passwords that hold '@', '/' and ':' unescaped.
_IN_URL = re.compile(r"([a-z][a-z0-9+.\-]*://[^\s:/?#@\[]*:)(\S*)@", re.IGNORECASE)
_IN_PARAMETER = re.compile(
    r"\b((?:ssl|pg)?password|passwd|pwd)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'\"]+)", re.IGNORECASE
)
_VARIABLE = re.compile(r"PASSWORD|PASSWD", re.IGNORECASE)
_SHORTEST = 4  # a shorter one is part of too many words


def mask(text: str) -> str:
    """The text with the passwords in URLs and in `password=…` replaced by `***`."""
    if "://" in text:
        text = _IN_URL.sub(rf"\1{MASK}@", text)
    return _IN_PARAMETER.sub(rf"\1\2{MASK}", text)


def secrets_in(texts: Iterable[str]) -> frozenset[str]:
    """The passwords of all URLs in the texts, as written and decoded."""
    found: set[str] = set()
    for text in texts:
        for match in _IN_URL.finditer(text):
            user = match[1].split("://", 1)[1][:-1]
            # The last '@' may belong to the path or query; the shorter reading is a password, too.
            for password in (match[2], match[2].split("@", 1)[0]):
                found |= {p for p in (password, unquote(password)) if p != user}
    return frozenset(p for p in found if len(p) >= _SHORTEST and p != MASK)


def secrets_of(environ: Mapping[str, str]) -> frozenset[str]:
    """The passwords that an environment holds."""
    named = {v for k, v in environ.items() if _VARIABLE.search(k) and len(v) >= _SHORTEST}
    return secrets_in(environ.values()) | named


def mask_all(text: str, secrets: Iterable[str]) -> str:
    """The text with every known password replaced, wherever it stands as a word of its own."""
    text = mask(text)
    for secret in sorted(secrets, key=len, reverse=True):
        before = r"(?<!\w)" if secret[0].isalnum() else ""
        after = r"(?!\w)" if secret[-1].isalnum() else ""
        text = re.sub(before + re.escape(secret) + after, MASK, text)
    return text
