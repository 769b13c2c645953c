"""Rows of the catalog's queries → objects, and the places by which the catalogs refer to them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from todo_db.objects.foreign import DIGEST
from todo_db.postgres.queries import module_of
from todo_db.schema import DbObject, Key, display

if TYPE_CHECKING:
    import psycopg

Row = tuple[Any, ...]
Address = tuple[int, int, int]  # catalog, object id, number of the column or 0

# The catalogs that a query may name as an object's place; their ids are the same everywhere.
CATALOGS: dict[str, int] = {
    "@pg_class": 1259,
    "@pg_type": 1247,
    "@pg_proc": 1255,
    "@pg_constraint": 2606,
    "@pg_namespace": 2615,
    "@pg_extension": 3079,
    "@pg_trigger": 2620,
    "@pg_rewrite": 2618,
    "@pg_policy": 3256,
    "@pg_operator": 2617,
    "@pg_opclass": 2616,
    "@pg_opfamily": 2753,
    "@pg_collation": 3456,
    "@pg_cast": 2605,
    "@pg_statistic_ext": 3381,
    "@pg_ts_config": 3602,
    "@pg_ts_dict": 3600,
    "@pg_ts_parser": 3601,
    "@pg_ts_template": 3764,
    "@pg_publication": 6104,
    "@pg_event_trigger": 3466,
    "@pg_foreign_data_wrapper": 2328,
    "@pg_foreign_server": 1417,
    "@pg_am": 2601,
    "@pg_language": 2612,
    "@pg_conversion": 2607,
    "@pg_transform": 3576,
}

_JSON = 114


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: its columns' names, the numbers of those that hold lists, and the rows."""

    names: Sequence[str]
    lists: frozenset[int]
    rows: list[Row]


def answer_of(cursor: psycopg.Cursor[Row]) -> Answer:
    """The answer of a query that was run."""
    types = cursor.adapters.types
    columns = cursor.description or ()
    lists = {
        number
        for number, column in enumerate(columns)
        if column.type_code == _JSON
        or ((info := types.get(column.type_code)) is not None and info.array_oid == column.type_code)
    }
    return Answer([c.name for c in columns], frozenset(lists), cursor.fetchall())


def build(
    cls: type[DbObject], answer: Answer, into: dict[Key, DbObject], addresses: dict[Address, Key]
) -> None:
    """One object per row; the query's columns are called like the fields that they fill.

    Columns whose name begins with @ say where PostgreSQL keeps the object: '@pg_class', and '@sub' for
    the number of a column in it. What follows a dot in a name says how the value is converted.
    """
    names = answer.names
    filled = [(n, name.partition(".")) for n, name in enumerate(names) if not name.startswith("@")]
    unknown = {name for _, (name, _, _) in filled} - {f.name for f in fields(cls)}
    if unknown:
        raise ValueError(f"{module_of(cls)}.sql: no such field: {', '.join(sorted(unknown))}")
    plain = [(n, name) for n, (name, _, how) in filled if not how and n not in answer.lists]
    converted = [(n, name, _CONVERT[how]) for n, (name, _, how) in filled if how or n in answer.lists]
    at = [(n, CATALOGS[name]) for n, name in enumerate(names) if name in CATALOGS]
    sub = names.index("@sub") if "@sub" in names else None
    for row in answer.rows:
        values = {name: row[n] for n, name in plain}
        for n, name, convert in converted:
            values[name] = convert(row[n])
        made = cls(**values)
        key = made.key
        if key in into:
            raise ValueError(f"two objects are called {key}")
        into[key] = made
        for n, catalog in at:
            addresses[catalog, row[n], 0 if sub is None else row[sub]] = key


def dependencies(rows: list[Row], addresses: dict[Address, Key]) -> dict[Key, frozenset[Key]]:
    """Which objects each object refers to, as far as both have been read."""
    result: dict[Key, set[Key]] = {}
    for catalog, oid, sub, other_catalog, other_oid, other_sub in rows:
        key = addresses.get((catalog, oid, sub)) or addresses.get((catalog, oid, 0))
        other = addresses.get((other_catalog, other_oid, other_sub)) or addresses.get(
            (other_catalog, other_oid, 0)
        )
        if key is not None and other is not None and key != other:
            result.setdefault(key, set()).add(other)
    return {key: frozenset(others) for key, others in result.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(v) for v in value) if value.__class__ is list else value


def _listed(value: Any) -> Any:
    """A list that the catalog states as NULL when it is empty."""
    return () if value is None else _tuple(value)


_KEY = secrets.token_bytes(16)  # of this process, so that nobody can try values against a digest
_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)


def _without_secret(option: str) -> str:
    """An option 'name=value' of a foreign object; of what looks like a secret only a digest is kept."""
    name, _, value = option.partition("=")
    if not _SECRET.search(name):
        return option
    digest = hmac.new(_KEY, value.encode(), hashlib.sha256).hexdigest()[:16]
    return f"{name}={DIGEST}{digest}"


# What is done to a value, by what follows the dot in the name of the query's column.
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "": _tuple,
    "list": _listed,
    "sorted": lambda v: tuple(sorted(v or ())),  # here, for a server sorts by its own collation
    "display": lambda v: None if v is None else display(*v),
    "called": lambda v: display(*v[0]) + v[1],
    "sorted_secret": lambda v: tuple(sorted(map(_without_secret, v or ()))),
    "displayed": lambda v: None if v is None else display(*v[0]),
    "displayed_all": lambda v: tuple(display(*parts) for parts in v),
}
