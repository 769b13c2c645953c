"""OPTIONS (…) of foreign objects; what looks like a secret is never in them, only a digest of it."""

from __future__ import annotations

from todo_db.objects.change import CannotChangeError
from todo_db.objects.names import literal, quote

DIGEST = "(secret) "
"""What the value of an option begins with where it is the digest of a secret."""


def with_options(entries: tuple[str, ...]) -> str:
    """OPTIONS (…) for CREATE, empty where there are none."""
    pairs = (entry.partition("=") for entry in entries)
    inside = ", ".join(f"{quote(name)} {_value(name, value)}" for name, _, value in pairs)
    return f" OPTIONS ({inside})" if inside else ""


def altered_options(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """OPTIONS (…) for ALTER, empty where nothing differs."""
    old, new = (dict(e.partition("=")[::2] for e in entries) for entries in (before, after))
    parts = [f"DROP {quote(name)}" for name in old if name not in new]
    parts += [f"SET {quote(n)} {_value(n, v)}" for n, v in new.items() if n in old and old[n] != v]
    parts += [f"ADD {quote(n)} {_value(n, v)}" for n, v in new.items() if n not in old]
    return f" OPTIONS ({', '.join(parts)})" if parts else ""


def _value(name: str, value: str) -> str:
    if value.startswith(DIGEST):
        raise CannotChangeError(f"the option {name} is a secret, which is not read", "Set it by hand.")
    return literal(value)
