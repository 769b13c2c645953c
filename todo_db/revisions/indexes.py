"""Indexes as `op.create_index(…)` and `op.drop_index(…)`."""

from __future__ import annotations

import re

from todo_db.objects.change import Statement
from todo_db.objects.index import Index
from todo_db.objects.names import undisplay
from todo_db.revisions.code import Call, call
from todo_db.revisions.constraints import schema
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.revisions.leftover import without
from todo_db.revisions.text import name, stripped, text

_SAID = frozenset({"columns", "unique", "method", "orders", "opclasses", "collations", "include"})
_SAID |= {"predicate", "nulls_not_distinct", "options", "valid"}
_COLUMN = re.compile(r'[a-z_][a-z0-9_$]*|"(?:[^"]|"")+"')
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_OPTION = re.compile(r"[a-z_]+=[A-Za-z0-9_.]+")


def create(index: Index, *, concurrently: bool = False) -> tuple[Call, tuple[Statement, ...]]:
    """The call that makes the index, and what has to be said afterwards. Raises InexpressibleError."""
    if index.partitioned or index.attached_to is not None or not index.valid:
        raise InexpressibleError("it is a part of a partitioned index")
    plain, after = without(index, _SAID)
    keywords: dict[str, object] = {"unique": plain.unique, **schema(plain)}
    if plain.method != "btree":
        keywords["postgresql_using"] = plain.method
    if classes := _opclasses(plain):
        keywords["postgresql_ops"] = classes
    if plain.include:
        keywords["postgresql_include"] = list(plain.include)
    if plain.nulls_not_distinct:
        keywords["postgresql_nulls_not_distinct"] = True
    if plain.options:
        keywords["postgresql_with"] = _options(plain.options)
    if plain.predicate is not None:
        keywords["postgresql_where"] = text(stripped(plain.predicate))
    if concurrently:
        keywords["postgresql_concurrently"] = True
    keys = [_key(plain, n) for n in range(len(plain.columns))]
    return call("op.create_index", name(plain.name), plain.table, keys, **keywords), after


def drop(index: Index, *, concurrently: bool = False) -> Call:
    """The call that drops the index; concurrently: such that it can be run again when it was broken off."""
    options = {"if_exists": True, "postgresql_concurrently": True} if concurrently else {}
    return call("op.drop_index", name(index.name), table_name=index.table, **schema(index), **options)


def _key(index: Index, number: int) -> object:
    """A column's name where that is all; else the key's text as PostgreSQL has it."""
    column = index.columns[number]
    whole = index._key(number)
    if _COLUMN.fullmatch(column) and (whole == column or _has_plain_opclass(index, number)):
        return undisplay(column)[0]
    return text(whole)


def _opclasses(index: Index) -> dict[str, str]:
    found = [n for n in range(len(index.columns)) if _has_plain_opclass(index, n)]
    return {undisplay(index.columns[n])[0]: index.opclasses[n] for n in found}


def _has_plain_opclass(index: Index, number: int) -> bool:
    """Whether `postgresql_ops` says all that there is to say beside the column's name."""
    opclass = index.opclasses[number] if number < len(index.opclasses) else ""
    column = index.columns[number]
    simple = bool(_PLAIN.fullmatch(opclass) and _COLUMN.fullmatch(column))
    return simple and index._key(number) == f"{column} {opclass}"


def _options(entries: tuple[str, ...]) -> dict[str, str]:
    if not all(_OPTION.fullmatch(e) for e in entries):
        raise InexpressibleError("SQLAlchemy does not quote storage parameters")
    return dict(entry.partition("=")[::2] for entry in entries)
