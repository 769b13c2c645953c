"""Names and literals in SQL: quoted by SQLAlchemy and psycopg, never by hand."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import IdentifierPreparer

LONGEST = 63
"""The bytes of a name that PostgreSQL keeps."""


@cache
def _preparer() -> IdentifierPreparer:
    from sqlalchemy.dialects import postgresql

    # paramstyle: with the driver's own every percent sign in a name would be doubled
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    return dialect.identifier_preparer


@cache
def quote(*parts: str) -> str:
    """A dotted name, quoted where PostgreSQL needs it: quote('public', 'Order') → public."Order"."""
    return ".".join(_preparer().quote(part) for part in parts)


def beside(name: str, tail: str) -> str:
    """A name like another one, no longer than PostgreSQL keeps; what is cut off is told apart by a sum."""
    whole = f"{name}{tail}"
    if len(whole.encode()) <= LONGEST:
        return whole
    tail = f"_{zlib.crc32(name.encode()):08x}{tail}"
    return name.encode()[: LONGEST - len(tail.encode())].decode(errors="ignore") + tail


def quoted(names: Iterable[str]) -> str:
    """Column names in a row, each quoted: 'a, "B"'."""
    return ", ".join(quote(name) for name in names)


def literal(text: str | None) -> str:
    """A string literal, or NULL."""
    from psycopg.sql import Literal

    return Literal(text).as_string().strip()


def undisplay(name: str) -> tuple[str, ...]:
    """The parts of a displayed name: 'public."a.b"' → ('public', 'a.b')."""
    parts, rest = [], name
    while rest:
        if rest.startswith('"'):
            end = 1
            while rest[end : end + 2] == '""' or rest[end] != '"':
                end += 2 if rest[end : end + 2] == '""' else 1
            parts.append(rest[1:end].replace('""', '"'))
            rest = rest[end + 1 :].removeprefix(".")
        else:
            part, _, rest = rest.partition(".")
            parts.append(part)
    return tuple(parts)


def requote(name: str) -> str:
    """A displayed name as SQL: 'public.order' → 'public."order"'."""
    return quote(*undisplay(name))


def options(entries: Iterable[str]) -> str:
    """Storage parameters as the catalog holds them, in SQL: 'fillfactor=70' → "fillfactor='70'"."""
    pairs = (entry.partition("=") for entry in entries)
    return ", ".join(f"{requote(name)}={literal(value)}" for name, _, value in pairs)


def reset_and_set(target: str, before: Iterable[str], after: Iterable[str], prefix: str = "") -> list[str]:
    """ALTER … RESET and SET of the storage parameters that differ; target: 'ALTER TABLE a.b'."""
    old, new = (dict(e.partition("=")[::2] for e in entries) for entries in (before, after))
    gone = [prefix + name for name in old if name not in new]
    fresh = [f"{prefix}{name}={value}" for name, value in new.items() if old.get(name) != value]
    statements = [f"{target} RESET ({', '.join(gone)})"] if gone else []
    return statements + ([f"{target} SET ({options(fresh)})"] if fresh else [])
