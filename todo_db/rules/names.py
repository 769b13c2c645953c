"""The names that a specification gives, with what each is called in sentences and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from todo_db.findings import Place
from todo_db.rules.tables import Table, Tables
from todo_db.schema import display


@dataclass(frozen=True, slots=True)
class Name:
    """A name: `kind` and `object` are those of a finding about it."""

    text: str
    kind: str
    object: str
    place: Place | None


def tables_and_columns(tables: Tables) -> Iterator[Name]:
    """The names of tables and columns that this project chose."""
    for table in tables.own:
        if not tables.asked("TD135", table.name):  # the reader is not sure of the name either
            yield Name(table.name.rpartition(".")[2], "table", table.object(), table.place())
        for column in table.spec.columns:
            yield Name(column.name, "column", table.object(column.name), table.place(column.name))


def other_names(tables: Tables) -> Iterator[Name]:
    """The names of indexes, constraints and types that this project chose."""
    for table in tables.own:
        yield from _members(table)
    for kind, group in (
        ("enum", tables.spec.enums),
        ("domain", tables.spec.domains),
        ("sequence", tables.spec.sequences),
    ):
        for item in group:
            yield Name(item.name.rpartition(".")[2], kind, display("public", item.name), item.place)


def _members(table: Table) -> Iterator[Name]:
    spec = table.spec
    for kind, group in (
        ("index", spec.indexes),
        ("unique", spec.uniques),
        ("check", spec.checks),
        ("foreign key", spec.foreign_keys),
        ("exclusion", spec.exclusions),
    ):
        for item in group:
            if item.name:
                yield Name(str(item.name), kind, table.object(str(item.name)), item.place or table.place())
