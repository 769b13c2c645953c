"""Outlines of tables for tests of what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from todo_db.report.outline import ColumnOutline, ReferenceOutline, TableOutline
from todo_db.schema import display


def column(table: str, name: str, type_: str = "integer", *, primary: bool = False) -> ColumnOutline:
    return {
        "name": name,
        "object": display("public", table, name),
        "type": type_,
        "primary": primary,
        "nullable": not primary,
        "unique": primary,
    }


def table(name: str, targets: Sequence[str] = (), *, more: Sequence[str] = ()) -> TableOutline:
    """A table with an id, a column `<target>_id` for each target, and more columns."""
    references: list[ReferenceOutline] = [
        {
            "columns": [f"{target}_id"],
            "target": display("public", target),
            "target_columns": ["id"],
            "names": [display("public", name, f"{name}_{target}_fkey")],
            "single": False,
            "optional": True,
        }
        for target in targets
    ]
    columns = [column(name, "id", primary=True)]
    columns += [column(name, f"{target}_id") for target in targets]
    columns += [column(name, other) for other in more]
    return {
        "object": display("public", name),
        "label": display("public", name).removeprefix("public."),
        "external": False,
        "columns": columns,
        "references": references,
    }


def tables(said: Mapping[str, Sequence[str]]) -> list[TableOutline]:
    """One table for each name, with the tables that it refers to."""
    return [table(name, targets) for name, targets in said.items()]
