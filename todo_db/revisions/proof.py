"""The proof: a revision turns what the history builds into exactly the target, and back, and forth again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from todo_db.compare import Comparison
from todo_db.errors import UndeterminedError
from todo_db.schema import Schema
from todo_db.sources.redirect import Executed

if TYPE_CHECKING:
    from todo_db.sources.replay import Replay

Hold = Callable[[Sequence[Schema]], Comparison]
"""Compares sides, with scratch deciding what is only spelling."""


class NotProvenError(UndeterminedError):
    """A revision does not do what it is for; `comparison` holds what differs, `step` where."""

    def __init__(self, what: str, *, comparison: Comparison, step: str) -> None:
        super().__init__(what, hint="please report this, with both schemas: the revision was not written")
        self.comparison = comparison
        self.step = step


@dataclass(frozen=True, slots=True)
class Proof:
    """The statements that ran, and what they led to."""

    after: Schema
    upgrade: list[Executed] = field(default_factory=list)
    downgrade: list[Executed] = field(default_factory=list)


def prove(replay: Replay, revision: str, before: Schema, target: Schema, hold: Hold) -> Proof:
    """Run the revision up, down and up on a replayed history, and compare after each step.

    Raises RevisionFailedError where it does not run, NotProvenError where it leads elsewhere.
    """
    replay.upgrade(revision)
    first = replay.schema("revision")
    _must_equal(hold, target, first, "upgrade")
    replay.downgrade(revision)
    _must_equal(hold, before.with_side("before"), replay.schema("revision"), "downgrade")
    replay.upgrade(revision)
    again = replay.schema("revision")
    _must_equal(hold, first.with_side("first time"), again, "second upgrade")
    return Proof(again, replay.executed[revision], replay.executed[f"-{revision}"])


def _must_equal(hold: Hold, wanted: Schema, found: Schema, step: str) -> None:
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
