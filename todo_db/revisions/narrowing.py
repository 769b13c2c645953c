"""Which changes of a column's type lose values: PostgreSQL is asked, with values at the edges of the type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from todo_db.objects.column import Column
from todo_db.objects.enum import Enum
from todo_db.objects.names import literal
from todo_db.plan import Change
from todo_db.revisions.samples import samples
from todo_db.schema import Key, Schema

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_UNKNOWN_TYPE = ("42704", "3F000")
_NUMBERS = 3


def narrowed(
    connection: Connection, changes: Sequence[Change], before: Schema, after: Schema
) -> dict[Key, str]:
    """Columns and enums that cannot keep every value that they may hold, with what would go.

    connection: to any scratch database; types that are not there are passed over.
    """
    found: dict[Key, str] = {}
    for change in changes:
        old, new = change.before, change.after
        if isinstance(change.object, Enum):  # also one that is made anew, with what uses it
            old, new = (side.objects.get(change.object.key) for side in (before, after))
        elif change.action != "alter":
            continue
        if isinstance(old, Enum) and isinstance(new, Enum):
            gone = [label for label in old.labels if label not in new.labels]
            if gone:
                found[new.key] = (
                    f"the labels {', '.join(gone)} of {new.name} would go, and no row can keep them"
                )
        elif isinstance(old, Column) and isinstance(new, Column) and "type" in change.changed:
            value = _lost(connection, old, new, before, after)
            if value is not None:
                found[new.key] = (
                    f"from {old.type} to {new.type}, a value such as {value!r} would be lost or fail"
                )
    return found


def _lost(connection: Connection, old: Column, new: Column, before: Schema, after: Schema) -> str | None:
    """The first value that does not come back, or does not even become one of the new type."""
    enum = after.objects.get(Key("enum", new.type))
    if isinstance(enum, Enum):
        was = before.objects.get(Key("enum", old.type))
        labels = was.labels if isinstance(was, Enum) else (f"no label of {enum.name}",)
        return next((label for label in labels if label not in enum.labels), None)
    return next((v for v in _values(old) if _changes(connection, old.type, new.type, v)), None)


def _values(column: Column) -> Iterator[str]:
    for number in range(_NUMBERS):
        yield from samples(column.type, number)


def _changes(connection: Connection, old: str, new: str, value: str) -> bool:
    import psycopg

    one = f"{literal(value)}::{old}"
    query = f"SELECT {one}::{new}::text::{old}::text IS DISTINCT FROM {one}::text"  # noqa: S608 - catalog's own
    try:
        with connection.transaction():
            row = connection.execute(query.encode(), prepare=False).fetchone()
    except psycopg.Error as error:
        return error.sqlstate not in _UNKNOWN_TYPE and (error.sqlstate or "")[:2] == "22"
    return bool(row and row[0])
