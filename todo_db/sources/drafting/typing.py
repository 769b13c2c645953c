"""Which types a column of a spec may have, and which of them is built."""

from __future__ import annotations

from todo_db.spec import types
from todo_db.spec.document import UNSAID, ColumnSpec, Specification, Unsaid

ANY = "character varying"

# Of a family the likeliest is built first: SQLModel makes a VARCHAR of `str` and a timestamptz of `datetime`.
_LIKELY = (
    "character varying",
    "timestamp with time zone",
    "integer",
    "double precision",
    "jsonb",
    "character varying[]",
    "uuid",
)


def members(column: ColumnSpec) -> tuple[str, ...]:
    """The types that the column may have, likeliest first; any type is represented by two."""
    if column.type is UNSAID:
        return (ANY,)
    if column.type == "string" and column.max_length is not UNSAID:
        return (f"varchar({column.max_length})",)
    family = types.accepted(str(column.type))
    if family is None:
        return (str(column.type),)
    if family == types.ANYTHING:
        return (ANY, "text")
    return tuple(sorted(family, key=lambda t: (_LIKELY.index(t) if t in _LIKELY else len(_LIKELY), t)))


def family(column: ColumnSpec) -> frozenset[str] | None | Unsaid:
    """What the column accepts as its type: None for any, UNSAID for just the one that is stated."""
    if column.type is UNSAID:
        return None
    if len(members(column)) == 1:
        return UNSAID
    accepted = types.accepted(str(column.type))
    return None if accepted == types.ANYTHING else accepted or UNSAID


def chosen(column: ColumnSpec, choice: int) -> str:
    """The type that is built when of each family the member of that number is taken."""
    found = members(column)
    return found[min(choice, len(found) - 1)]


def choices(spec: Specification) -> int:
    """How many ways there are to take members of the spec's families."""
    return max((len(members(c)) for t in spec.tables for c in t.columns), default=1)
