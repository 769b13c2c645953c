"""The truth table of a condition made of boolean columns and null tests: one for all ways to write it.

`flag = (at IS NOT NULL)` and `(flag AND at IS NOT NULL) OR (NOT flag AND at IS NULL)` are the same condition
in three-valued logic. PostgreSQL itself says what it parsed and computes the table, so nothing is guessed: a
condition that is made of anything else has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from todo_db.objects.names import quote
from todo_db.sources.parsed import nodes, parsed

if TYPE_CHECKING:
    import psycopg

MOST_COLUMNS = 8
"""A condition on more columns is not computed: three to the eighth are 6,561 rows."""

_LOGIC = frozenset({"BOOLEXPR", "NULLTEST", "BOOLEANTEST", "DISTINCTEXPR", "OPEXPR", "VAR", "CONST"})
_BOOLEAN = 16
_COMPARISONS = frozenset({"58", "59", "85", "91", "1694", "1695"})  # <, >, <>, =, <=, >= of two booleans
_VAR = re.compile(r"(\{NULLTEST :arg )?\{VAR :varno \d+ :varattno (-?\d+) :vartype (\d+)")
_OPERATOR = re.compile(r":opno (\d+)")
_CONSTANT = re.compile(r":consttype (\d+)")
_OTHER = re.compile(r"'|::|\w\(")  # strings, casts and calls: no need to ask
_COLUMNS = "SELECT attnum, attname FROM pg_catalog.pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"

_Results = Mapping[tuple[object, ...], object]


def truth_table(
    connection: psycopg.Connection[Any], condition: str, relation: str, *, unknown: bool | None
) -> tuple[object, ...] | None:
    """The columns that a condition depends on and what it gives for all their values; None where it has none.

    relation: as SQL, there on the server; condition: may name its columns with or without its name. unknown:
    what NULL counts as where the condition stands (true in a CHECK, false in a WHERE), None for itself.
    """
    if _OTHER.search(condition) is not None:
        return None
    tree = parsed(connection, condition, relation)
    columns = _columns(connection, tree, relation) if tree is not None else None
    if not columns or len(columns) > MOST_COLUMNS:
        return None
    return _essential(list(columns), _computed(connection, condition, relation, columns, unknown))


def _columns(connection: psycopg.Connection[Any], tree: str, relation: str) -> dict[str, bool] | None:
    """The columns of a tree by name, each with whether it is a boolean; None if it is more than logic."""
    if not nodes(tree) <= _LOGIC or ":argisrow true" in tree:
        return None
    found = _VAR.findall(tree)
    if len(found) != tree.count("{VAR ") or not {*_OPERATOR.findall(tree)} <= _COMPARISONS:
        return None
    if {*_CONSTANT.findall(tree)} - {str(_BOOLEAN)}:
        return None
    if any(int(number) < 1 or (not tested and int(type_) != _BOOLEAN) for tested, number, type_ in found):
        return None
    names = dict(connection.execute(_COLUMNS, [relation]).fetchall())
    return dict(sorted((names[int(number)], int(type_) == _BOOLEAN) for _, number, type_ in found))


def _computed(
    connection: psycopg.Connection[Any],
    condition: str,
    relation: str,
    columns: Mapping[str, bool],
    unknown: bool | None,
) -> _Results:
    """By the values of the columns (None, and true, false or, where it is no boolean, true) the result."""
    names = [quote(name) for name in columns]
    values = ["(true), (false), (NULL)" if boolean else "(true), (NULL)" for boolean in columns.values()]
    sources = ", ".join(
        f"(VALUES {rows}) AS v{n} ({name})" for n, (name, rows) in enumerate(zip(names, values, strict=True))
    )
    alias = f"(SELECT * FROM {sources}) AS {_bare(relation)}"  # noqa: S608
    query = f"SELECT {', '.join(names)}, ({condition}) FROM {alias}"  # noqa: S608
    rows = connection.execute(query).fetchall()
    return {row[:-1]: unknown if row[-1] is None else row[-1] for row in rows}


def _bare(relation: str) -> str:
    """The relation's name without its schema, as SQL: by it a plan names its columns."""
    return str(re.findall(r'"(?:[^"]|"")*"|[^".]+', relation)[-1])


def _essential(names: list[str], results: _Results) -> tuple[object, ...]:
    """The table without the columns on which nothing depends, in one order."""
    for position in reversed(range(len(names))):
        groups: dict[tuple[object, ...], object] = {}
        if all(groups.setdefault(_without(key, position), v) == v for key, v in results.items()):
            results = groups
            del names[position]
    return (*names, *sorted(results.items(), key=repr))


def _without(values: tuple[object, ...], position: int) -> tuple[object, ...]:
    return (*values[:position], *values[position + 1 :])
