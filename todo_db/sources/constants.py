"""The value of a default that is constant although the planner may not fold it: JSON built of constants.

`jsonb_build_object('a', 1)` is STABLE only because some types are printed by settings; built of nothing but
texts, whole and exact numbers and booleans it is the same for ever, and is then the literal that it gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from todo_db.sources.parsed import nodes, parsed

if TYPE_CHECKING:
    import psycopg

_BUILDS = re.compile(r"\bjsonb?_build_(?:object|array)\(")
_FUNCTIONS = """
    SELECT oid::text FROM pg_catalog.pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace
      AND proname IN ('json_build_object', 'json_build_array', 'jsonb_build_object', 'jsonb_build_array')
"""
_CALLED = re.compile(r":funcid (\d+)")
_TYPES = re.compile(r":consttype (\d+)")
# boolean, whole numbers, text, varchar, numeric, json, jsonb, a bare literal: printed alike under any setting
_FIXED = frozenset({"16", "20", "21", "23", "25", "1043", "1700", "114", "705", "3802"})
_ALLOWED = frozenset({"NULLTEST", "FUNCEXPR", "CONST"})
_LITERAL = (
    "SELECT '''' || replace((e)::text, '''', '''''') || '''::' || pg_typeof(e) FROM (SELECT ({})) AS x (e)"
)


def literal(connection: psycopg.Connection[Any], expression: str) -> str | None:
    """The literal that an expression always is, as PostgreSQL prints it; None for anything but such JSON."""
    if _BUILDS.search(expression) is None:
        return None
    tree = parsed(connection, f"({expression}) IS NULL")
    if tree is None or not nodes(tree) <= _ALLOWED or not {*_TYPES.findall(tree)} <= _FIXED:
        return None
    immutable = {oid for (oid,) in connection.execute(_FUNCTIONS).fetchall()}
    if not immutable >= {*_CALLED.findall(tree)}:
        return None
    row = connection.execute(_LITERAL.format(expression)).fetchone()
    return str(row[0]) if row is not None else None
