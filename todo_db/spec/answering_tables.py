"""Answers about a whole table: its name, its primary key, whose its rows are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from todo_db.findings import Finding, Place
from todo_db.schema import display
from todo_db.spec import constraints
from todo_db.spec.answering_columns import UnclearError
from todo_db.spec.document import UNSAID, PrimaryKeySpec, ReferenceSpec, Specification, TableSpec

Answering = Callable[[Specification, TableSpec, str, Place], Specification | None]
"""The specification with a question about a table answered; None where it is not open. UnclearError."""


def named(name: str) -> str:
    """An object as answers call it: without quotes and without the usual schema."""
    return name.replace('"', "").removeprefix("public.")


def within(spec: Specification, name: str) -> TableSpec | None:
    """The table that an object of this name (`tasks.title`) is in."""
    found = (t for t in spec.tables if name.startswith(f"{t.name}."))
    return max(found, key=lambda t: len(t.name), default=None)


def with_table(spec: Specification, old: TableSpec, new: TableSpec) -> Specification:
    return replace(spec, tables=tuple(new if t is old else t for t in spec.tables))


def columns_of(text: str, table: TableSpec) -> tuple[str, ...]:
    """The columns that a text lists, in their own spelling."""
    known = {c.name.lower(): c.name for c in table.columns}
    named = [w.strip().strip('`"').lower() for w in text.strip().strip("()").split(",")]
    if not named or any(n not in known for n in named):
        raise UnclearError(f"columns of {table.name}, such as ({', '.join([*known.values()][:2])})")
    return tuple(known[n] for n in named)


def primary_key(spec: Specification, table: TableSpec, text: str, place: Place) -> Specification:
    columns = columns_of(re.sub(r"(?i)\Aprimary\s+key\s*", "", text), table)
    changed = tuple(
        replace(c, primary_key=True, nullable=False, unique=UNSAID, places=c.places | {"primary_key": place})
        if c.name in columns
        else c
        for c in table.columns
    )
    if len(columns) > 1:
        key = PrimaryKeySpec(columns=columns, place=place)
        new = replace(table, columns=changed, primary_key=key)
    else:
        new = replace(table, columns=changed)
    done = with_table(spec, table, new)
    moot = {f"{table.name}.{c}" for c in columns}  # a key's column is not null: nobody asks any more
    return replace(
        done,
        findings=tuple(f for f in done.findings if f.code != "TD130" or named(f.object) not in moot),
    )


def called(spec: Specification, table: TableSpec, text: str, place: Place) -> Specification:
    if not re.fullmatch(rf"{constraints.IDENT}(?:\.{constraints.IDENT})?", text):
        raise UnclearError("the table's name")
    name = text.strip('"')

    def moved(reference: Any) -> Any:
        ours = isinstance(reference, ReferenceSpec) and reference.table == table.name
        return replace(reference, table=name) if ours else reference

    tables = []
    for other in spec.tables:
        columns = tuple(replace(c, references=moved(c.references)) for c in other.columns)
        keys = tuple(replace(k, references=moved(k.references)) for k in other.foreign_keys)
        changed = replace(other, columns=columns, foreign_keys=keys)
        tables.append(replace(changed, name=name) if other is table else changed)
    old, new = display("public", *table.name.split(".")[-1:]), display("public", *name.split(".")[-1:])

    def renamed(finding: Finding) -> Finding:
        inside = finding.object == old or finding.object.startswith(f"{old}.")
        if not inside:
            return finding
        return replace(finding, object=new + finding.object.removeprefix(old))

    return replace(spec, tables=tuple(tables), findings=tuple(map(renamed, spec.findings)))


def owner(spec: Specification, table: TableSpec, text: str, place: Place) -> Specification | None:
    if table.owner is not UNSAID:
        return None
    if text.lower() in ("none", "shared", "null", "nobody", "all"):
        return with_table(spec, table, replace(table, owner=None, owner_place=place))
    columns = columns_of(text, table)
    return with_table(spec, table, replace(table, owner=columns[0], owner_place=place))


TABLES: Final[dict[str, Answering]] = {"TD134": primary_key, "TD135": called, "TD307": owner}
