"""The one currency of all readers: a statement about a table or a column, with its place and its notation."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, IntEnum
from typing import NamedTuple

from todo_db.findings import Place


class Notation(Enum):
    """A way of stating a schema, in order of authority: where two disagree, the earlier one counts.

    complete: what such a notation leaves out has a meaning (SQL without NOT NULL is nullable).
    """

    YAML = ("yaml", True)
    SQL = ("sql", True)
    TABLE = ("column table", False)
    BULLETS = ("bullets", False)
    FENCE = ("fenced columns", False)
    LIST = ("list", False)
    PRISMA = ("prisma", True)
    DBML = ("dbml", False)
    CODE = ("sqlmodel", True)
    DJANGO = ("django", True)
    DRIZZLE = ("drizzle", True)
    MERMAID = ("mermaid", False)
    BOX = ("box", False)
    PROSE = ("prose", False)

    __hash__ = object.__hash__  # members are single; Enum's own is slow, and every statement asks

    def __init__(self, label: str, complete: bool) -> None:
        self.label = label
        self.complete = complete
        self.rank = len(type(self).__members__)  # 0 is the highest authority


class Force(IntEnum):
    """How firmly something is said."""

    HINT = 0  # fills silence, contradicts nothing
    IMPLIED = 1  # follows from the rules of a complete notation
    SAID = 2


class Firmness(IntEnum):
    """How literally a table's name is meant."""

    ENTITY = 0  # `Task Model`: what the table is called is not said
    DERIVED = 1  # a class without a table name: the library derives it
    TITLE = 2  # `Tasks Table`
    LITERAL = 3  # `tasks`, CREATE TABLE tasks


class TableName(NamedTuple):
    """A table as a notation calls it; line: of the heading that names it, 0 where none does."""

    text: str
    firmness: Firmness = Firmness.LITERAL
    line: int = 0

    @property
    def literal(self) -> bool:
        return self.firmness is Firmness.LITERAL


class Statement(NamedTuple):
    """One fact. `table` is None for what belongs to no table; `column` is empty for facts of a table.

    A tuple: a document makes tens of thousands of them.

    fact: a field of ColumnSpec or TableSpec, or the kind of object that `value` is ('index', 'check', …).
    """

    table: TableName | None
    fact: str
    value: object
    place: Place
    notation: Notation
    column: str = ""
    force: Force = Force.SAID

    @property
    def authority(self) -> tuple[int, int]:
        """Sorts the statement that counts first."""
        return (-self.force, self.notation.rank)


def spot(one: Statement, other: Statement) -> str:
    """Where a statement stands, told beside another one: by its file where they are not in the same."""
    return f"line {one.place.line}" if one.place.path == other.place.path else str(one.place)


class Fact(NamedTuple):
    """A fact of a column, read from a cell or a phrase, before its column and place are known."""

    name: str
    value: object
    force: Force = Force.SAID


def about_column(
    table: TableName | None, column: str, facts: Iterable[Fact], place: Place, notation: Notation
) -> list[Statement]:
    """The statements that a column exists and has these facts; none for an empty name (`""` in broken
    SQL)."""
    if not column:
        return []
    return [
        Statement(table, fact.name, fact.value, place, notation, column, fact.force)
        for fact in (Fact("exists", True), *facts)
    ]
