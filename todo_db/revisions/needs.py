"""Data that only the author knows: values for the rows that are there when a column becomes NOT NULL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from todo_db.errors import UsageError
from todo_db.objects.column import Column
from todo_db.objects.names import undisplay
from todo_db.plan import Plan
from todo_db.schema import Key, Schema, display


def missing(plan: Plan, given: Mapping[Key, str]) -> Iterator[Column]:
    """New columns of tables with rows that must not be NULL, without anything that says what they hold."""
    new = {c.object.key for c in plan.changes if c.action == "create" and c.object.kind == "table"}
    for change in plan.changes:
        column = change.after
        if change.action != "create" or not isinstance(column, Column) or column.parent in new:
            continue
        silent = column.default is None and column.identity is None and column.generated is None
        strict = not column.nullable and column.not_null_valid and not column.inherited
        if silent and strict and column.key not in given:
            yield column


def parse(texts: Mapping[str, str], target: Schema) -> dict[Key, str]:
    """`table.column` → expression, by the column's key. Raises UsageError for one that is not there."""
    found: dict[Key, str] = {}
    for name, expression in texts.items():
        parts = undisplay(name)
        parts = parts if len(parts) > 2 else ("public", *parts)
        key = Key("column", display(*parts))
        if key not in target.objects:
            raise UsageError(
                f"--backfill names {name}, which models and spec do not have",
                hint="--backfill 'table.column=SQL expression', the column by its new name",
            )
        found[key] = expression
    return found
