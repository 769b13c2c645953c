"""Who manages a table that is not the project's own: `(managed by Better Auth)`."""

from __future__ import annotations

import re

_KNOWN = {
    "better-auth": r"better[\s_-]*auth",
    "nextauth": r"next[\s_-]*auth(?:\.js)?|auth\.js",
    "clerk": r"clerk",
    "auth0": r"auth0",
    "supabase": r"supabase(?:\s+auth)?",
    "firebase": r"firebase(?:\s+auth)?",
    "neon-auth": r"neon[\s_-]*auth",
    "stack-auth": r"stack[\s_-]*auth",
    "keycloak": r"keycloak",
    "cognito": r"(?:aws\s+|amazon\s+)?cognito",
    "lucia": r"lucia(?:[\s_-]*auth)?",
    "fastapi-users": r"fastapi[\s_-]*users",
    "django": r"django",
}
_ANY = "|".join(f"(?P<m{n}>{pattern})" for n, pattern in enumerate(_KNOWN.values()))
_NAME = re.compile(rf"\b(?:{_ANY})\b", re.IGNORECASE)
_NAMES = list(_KNOWN)
_PARTS = ("auth", "clerk", "supabase", "firebase", "keycloak", "cognito", "lucia", "fastapi", "django")
"""One of these is in every name; most texts have none, and a search for all names is slow."""
_MANAGED = re.compile(
    rf"\b(?:managed|maintained|owned|created|handled|provided|controlled|administered)\s+(?:and\s+\w+\s+)?(?:\w+\s+)?by\s+(?:the\s+)?(?:{_ANY})\b"
    rf"|\b(?:gestionad[ao]s?|administrad[ao]s?|"
    rf"gerenciad[ao]s?)\s+p[oe]r\s+(?:{_ANY.replace('<m', '<s')})\b|"
    rf"(?:{_ANY.replace('<m', '<j')})\s*(?:が|で|によって)\s*管理"
    rf"|\b(?:{_ANY.replace('<m', '<k')})[\s-]+(?:managed|owned)\b",
    re.IGNORECASE,
)


def manager(text: str) -> str | None:
    """The manager whose name a text is or begins with, as a slug; None for the project itself."""
    found = _NAME.search(text) if _may_name(text) else None
    return _slug(found) if found else None


def managed_by(text: str) -> str | None:
    """The manager that a text names with the words 'managed by', 'created by' and the like."""
    found = _MANAGED.search(text) if _may_name(text) else None
    return _slug(found) if found else None


def _may_name(text: str) -> bool:
    lower = text.lower()
    return any(part in lower for part in _PARTS)


def _slug(found: re.Match[str]) -> str:
    number = next(int(key[1:]) for key, value in found.groupdict().items() if value)
    return _NAMES[number]
