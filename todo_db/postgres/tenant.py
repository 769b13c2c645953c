"""One schema of a database as the whole of a target: how it is named, and what its sessions see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError, UsageError

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.target import Target

WHOLE = "public"
"""The schema that stands for the database as it is: what names no schema lies there anyway."""

_NAMES = ("schema", "currentschema", "search_path")
_BESIDE = re.compile(r"""(?:^|(?<=\s))(?:schema|search_path)=('(?:[^'\\]|\\.)*'|"(?:[^"]|"")*"|\S*)""")
_OPTION = re.compile(r"(?:-c\s*|--)search_path=((?:\\.|[^\s\\])*)")
_PART = re.compile(r'\s*("(?:[^"]|"")+"|[^\s,"]+)\s*(?:,|$)')


def split(text: str, *, options: bool = True) -> tuple[str, str | None]:
    """A URL or key=value pairs without the schema that they name, and that schema.

    It is named as a parameter (`?schema=a`, `&currentSchema=a`, `&search_path=a`), as ` schema=a` among or
    behind the rest, or in `options=-csearch_path=a` (options: whether that counts, which may be meant for
    the application's queries alone). None: no schema is named, or the usual one.
    Raises UsageError for several.
    """
    text, found = _behind(text)
    text, more = _in_query(text)
    found |= more | (_in_options(text) if options else set())
    if len(found) > 1:
        raise UsageError(
            f"several schemas are named: {', '.join(sorted(found))}", hint="a target is one schema"
        )
    name = next(iter(found), None)
    return text, None if name == WHOLE else name


def _behind(text: str) -> tuple[str, set[str]]:
    found = {name for value in _BESIDE.findall(text) for name in _first(value)}
    rest = re.sub(r"\s+", " ", _BESIDE.sub("", text)) if found else text
    return rest.strip(), found


def _in_query(text: str) -> tuple[str, set[str]]:
    from urllib.parse import unquote

    place, mark, query = text.rpartition("?")
    if not mark or "://" not in place:
        return text, set()
    pairs = [pair.partition("=") for pair in query.split("&")]
    ours = [value for name, _, value in pairs if name.lower() in _NAMES]
    kept = "&".join("".join(pair) for pair in pairs if pair[0].lower() not in _NAMES)
    found = {name for value in ours for name in _first(unquote(value))}
    return (f"{place}?{kept}" if kept else place, found) if ours else (text, found)


def _in_options(text: str) -> set[str]:
    """The schema of a session setting; libpq keeps it, and our own setting comes behind it."""
    from todo_db.postgres import urls

    try:
        options = urls.parse(text).facts.get("options", "")
    except (UsageError, UnicodeDecodeError):
        return set()  # said with its place when the target is made
    values = [re.sub(r"\\(.)", r"\1", value) for value in _OPTION.findall(options)]
    return {name for value in values[-1:] for name in _first(value)}


def _first(path: str) -> set[str]:
    """The schema that a search_path begins with; of what follows only the usual one may be there."""
    if len(path) > 1 and path[0] == path[-1] == "'":
        path = re.sub(r"\\(.)", r"\1", path[1:-1])
    names = [n[1:-1].replace('""', '"') if n.startswith('"') else n.lower() for n in _PART.findall(path)]
    if further := [n for n in names[1:] if n not in (WHOLE, "$user", names[0])]:
        raise UsageError(
            f"search_path names further schemas: {', '.join(further)}",
            hint="a target is one schema; those of extensions, and of tables that others make, are added",
        )
    if names[:1] == ["$user"]:
        raise UsageError('search_path begins with "$user", which is no name of a schema')
    return set(names[:1])


# ---- sessions -------------------------------------------------------------------------------------------

_SCHEMAS = """
    SELECT to_regnamespace(quote_ident(%(name)s)) IS NOT NULL,
           coalesce(has_schema_privilege(to_regnamespace(quote_ident(%(name)s)), 'USAGE'), false),
           (SELECT coalesce(array_agg(DISTINCT n.nspname ORDER BY n.nspname), '{}')
            FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
            WHERE n.nspname NOT IN ('pg_catalog', %(name)s))
"""


def path_of(
    connection: psycopg.Connection[Any], schema: str, where: str, further: Iterable[str] = ()
) -> list[str]:
    """The search_path under which what names no schema lies in `schema`: behind it come those of extensions.

    further: schemas of tables that others make. Raises UndeterminedError where there is no such schema, or
    where the role may not use it.
    """
    row = connection.execute(_SCHEMAS, {"name": schema}).fetchone()
    assert row is not None  # noqa: S101
    there, usable, extensions = row
    if not there:
        raise UndeterminedError(
            f"there is no schema {schema} in the database",
            where=where,
            hint=f"is the name right? For a new customer: CREATE SCHEMA {quoted(schema)}",
        )
    if not usable:
        raise UndeterminedError(
            f"the role may not use the schema {schema}",
            where=where,
            hint=f"GRANT USAGE, CREATE ON SCHEMA {quoted(schema)} TO {quoted(connection.info.user)}",
        )
    return list(dict.fromkeys([schema, *extensions, *further]))


def path_text(schemas: Iterable[str]) -> str:
    """The value of search_path."""
    return ",".join(map(quoted, schemas))


def option(schemas: Iterable[str]) -> str:
    """The same as an option of a session, as libpq reads it."""
    return "-c search_path=" + re.sub(r"([\\\s])", r"\\\1", path_text(schemas))


def seeing(target: Target, schemas: Iterable[str]) -> Target:
    """The target with sessions that have this search_path, whatever its URL says."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    facts = conninfo_to_dict(target.conninfo)
    options = f"{facts.get('options') or ''} {option(schemas)}".strip()
    return replace(target, conninfo=make_conninfo(target.conninfo, options=options))


def quoted(name: str) -> str:
    """The name as SQL."""
    from psycopg.sql import Identifier

    return Identifier(name).as_string()
