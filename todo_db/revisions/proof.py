"""What a proof rests on: after each step a database is exactly what it has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from todo_db.compare import Comparison
from todo_db.errors import UndeterminedError
from todo_db.schema import Schema

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
