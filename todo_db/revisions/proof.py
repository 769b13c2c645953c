"""What a proof rests on: after each step a database is exactly what it has to be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.compare import Comparison
from todo_db.errors import UndeterminedError
from todo_db.revisions.rows import Filled, count, fill, sums
from todo_db.schema import Key, Schema

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

Hold = Callable[[Sequence[Schema]], Comparison]
"""Compares sides, with scratch deciding what is only spelling."""


class NotProvenError(UndeterminedError):
    """A revision does not do what it is for; `comparison` holds what differs, `step` where."""

    def __init__(self, what: str, *, comparison: Comparison, step: str) -> None:
        super().__init__(what, hint="please report this, with both schemas: the revision was not written")
        self.comparison = comparison
        self.step = step


def must_equal(hold: Hold, wanted: Schema, found: Schema, step: str) -> None:
    """Raises NotProvenError where the two differ; step: what led to `found`."""
    comparison = hold([wanted, found])
    if comparison.differences:
        first = comparison.differences[0]
        more = f" and {len(comparison.differences) - 1} more" if len(comparison.differences) > 1 else ""
        raise NotProvenError(
            f"the {step} of the new revision does not lead to what it is for: "
            f"{first.key.kind} {first.key.name} {first.fact} {dict(first.values)}{more}",
            comparison=comparison,
            step=step,
        )


@dataclass(slots=True)
class Rows:
    """The rows that a proof runs with, and what they were at its beginning.

    connection: that of the tables' owner. filled: how many there are in each table, and where there are none.
    """

    connection: Connection
    filled: Filled = field(default_factory=Filled)
    _sums: dict[Key, tuple[str, str]] = field(default_factory=dict)

    def fill(self, before: Schema, goal: Schema | None = None) -> None:
        """Make rows that `before` allows and `goal` can live with, and remember them."""
        self.filled = fill(self.connection, before, goal)
        self.remember(before)

    def remember(self, schema: Schema) -> None:
        """What is there now is what has to stay."""
        self._sums = sums(self.connection, schema, schema.objects)

    def count(self, schema: Schema) -> dict[Key, int]:
        """How many rows the tables hold that have any."""
        return count(self.connection, schema)

    def lost(self, schema: Schema) -> list[Key]:
        """The columns of the same name and type as before whose values are not what they were."""
        now = sums(self.connection, schema, self._sums)
        return [
            k for k, (type_, value) in now.items() if self._sums[k][0] == type_ and self._sums[k][1] != value
        ]

    def must_hold(self, schema: Schema, step: str, but: Collection[Key] = ()) -> None:
        """Raises DataChangedError where values of a column are not what they were."""
        lost = [key for key in self.lost(schema) if key not in but]
        if lost:
            names = ", ".join(key.name for key in lost)
            raise DataChangedError(f"the {step} changes what is in {names}", columns=tuple(lost), step=step)


class DataChangedError(UndeterminedError):
    """Rows are not what they were after a step that has nothing to do with them, or after the way back."""

    def __init__(self, what: str, *, columns: tuple[Key, ...], step: str) -> None:
        super().__init__(what, hint="a value that the new type cannot hold does not come back")
        self.columns = columns
        self.step = step
