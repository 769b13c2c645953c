"""Values of the types that a schema makes, and such as lead a row to a partition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.objects.column import Column
from todo_db.objects.composite_type import CompositeType
from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.objects.names import quote
from todo_db.objects.range_type import RangeType
from todo_db.objects.table import Table
from todo_db.revisions.samples import samples
from todo_db.schema import Key, Schema, display

_DEPTH = 5
_ITEM = re.compile(r"(?:'(?:[^']|'')*'|\((?:[^()]|\([^()]*\))*\)|[^,'()])+")
_BOUND = re.compile(r"FOR VALUES (IN|FROM) \((.*?)\)(?: TO \((.*)\))?\Z", re.DOTALL)


def base(schema: Schema, name: str) -> str:
    """The type beneath a domain."""
    while isinstance(domain := schema.objects.get(Key("domain", name)), Domain):
        name = domain.type
    return name


def values(schema: Schema, type_name: str, number: int, depth: int = _DEPTH) -> list[str]:
    """As `samples`, also of enums, domains, composite types and ranges that the schema makes."""
    name = base(schema, type_name)
    if name.endswith("[]") and depth:
        inner = values(schema, name.removesuffix("[]"), number, depth - 1)[:1]
        return ["{" + ",".join(map(_element, inner)) + "}", "{}"]
    enum = schema.objects.get(Key("enum", name))
    if isinstance(enum, Enum) and enum.labels:
        return [enum.labels[number % len(enum.labels)]]
    composite = schema.objects.get(Key("composite type", name))
    if isinstance(composite, CompositeType) and depth:
        parts = (values(schema, type_, number, depth - 1)[0] for _, type_, _ in composite.attributes)
        return ["(" + ",".join(map(_element, parts)) + ")"]
    for range_ in schema.of("range type"):
        if isinstance(range_, RangeType) and name == range_.key.name:
            return [f"[{_element(values(schema, range_.subtype, number, 0)[0])},)", "empty"]
        if isinstance(range_, RangeType) and name == display(range_.schema, range_.multirange):
            return [f"{{[{_element(values(schema, range_.subtype, number, 0)[0])},)}}", "{}"]
    return samples(name, number)


def _element(text: str) -> str:
    """A value within the text of an array, a row or a range."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# ---- partitions --------------------------------------------------------------------------------------


def leading(schema: Schema, table: Table) -> list[dict[str, str | None]]:
    """For each partition that holds rows, values of the key's columns that lead there."""
    return list(_leading(schema, table, {}))


def _leading(schema: Schema, table: Table, known: dict[str, str | None]) -> Iterator[dict[str, str | None]]:
    parts = (o for o in schema.objects.values() if isinstance(o, Table) and o.partition_of == table.key.name)
    columns = _key_columns(schema, table)
    for part in parts:
        found = known | dict(zip(columns, _first_values(part.partition_bound or ""), strict=False))
        if part.partition_key is None:
            yield found
        else:
            yield from _leading(schema, part, found)


def _key_columns(schema: Schema, table: Table) -> list[str]:
    """The column of each key, or the first that its expression names."""
    keys = (table.partition_key or "").partition("(")[2].removesuffix(")")
    names = [c.name for c in schema.children(table.key, "column") if isinstance(c, Column)]
    found = []
    for item in _ITEM.findall(keys):
        named = (n for n in names if re.search(rf"(?<![\w'])(?:{re.escape(quote(n))})(?![\w'(])", item))
        found.append(next(named, ""))
    return [n for n in found if n]


def _first_values(bound: str) -> list[str | None]:
    match = _BOUND.match(bound)
    if match is None:
        return []
    first = [item.strip() for item in _ITEM.findall(match[2])]
    if match[1] == "IN":
        return [_value(first[0])] if first else []
    below = [item.strip() for item in _ITEM.findall(match[3] or "")]
    return [
        _below(last) if item == "MINVALUE" else _value(item) for item, last in zip(first, below, strict=False)
    ]


def _value(item: str) -> str | None:
    quoted = re.match(r"'((?:[^']|'')*)'", item)
    if quoted is not None:
        return quoted[1].replace("''", "'")
    return None if item == "NULL" else item


def _below(item: str) -> str | None:
    """Something smaller than a bound, where that is a number."""
    value = _value(item)
    return str(int(value) - 1) if value is not None and re.fullmatch(r"-?\d+", value) else value
