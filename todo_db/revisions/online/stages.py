"""Parts of changes, put together into as few revisions as possible, each after what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from todo_db.plan import Change, Plan
from todo_db.schema import Key, Schema


class Way(Enum):
    """How a part runs, and with what else it may share a revision."""

    TOGETHER = "together"  # in one transaction with whatever else runs so
    LABELS = "labels"  # committed before anything uses it
    VALIDATE = "validate"  # reads whole tables: with nothing that locks others out
    APART = "apart"  # outside any transaction, and alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """A column's values, set in batches: only rows for which `missing` holds. undo needs nothing."""

    schema: str
    table: str
    column: str
    expression: str
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What can be committed by itself. what: for the revision's message, where it stands alone.

    undo: the way back, where it is not simply what leads to the schema before. batches: rows to
    change before that, undo_batches after the way back. note: what whoever applies it has to know.
    """

    changes: tuple[Change, ...] = ()
    way: Way = Way.TOGETHER
    what: str = ""
    undo: tuple[Change, ...] | None = None
    batches: Batches | None = None
    undo_batches: Batches | None = None
    note: str = ""


@dataclass(slots=True)
class Stage:
    """What becomes one revision."""

    way: Way
    parts: list[Part] = field(default_factory=list)

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(c for part in self.parts for c in part.changes)

    @property
    def undo(self) -> tuple[Change, ...] | None:
        """The way back, last part first; None where it is to be planned."""
        if any(part.undo is None for part in self.parts):
            return None
        return tuple(c for part in reversed(self.parts) for c in part.undo or ())

    @property
    def what(self) -> str:
        """What it is for, in a few words; empty where it is a bit of everything."""
        said = list(dict.fromkeys(part.what for part in self.parts))
        return (
            said[0]
            if len(said) == 1
            else ", ".join(filter(None, said))
            if self.way is not Way.TOGETHER
            else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a form decides by.

    new: the relations that the plan itself makes, on which nothing has to be made complicated. rewrites: asks
    PostgreSQL whether a change copies a whole table. data: expressions for the values of columns.
    """

    before: Schema
    after: Schema
    new: frozenset[Key] = frozenset()
    rewrites: Callable[[Change], bool] = lambda _: False
    data: Mapping[Key, str] = field(default_factory=dict)


Form = Callable[[Change, Situation], Sequence[Part] | None]
"""The parts of a change in the form that stops nobody, None where the form is not for it."""


def stages(plan: Plan, situation: Situation, forms: Iterable[Form]) -> list[Stage]:
    """The plan as revisions: a part goes into the first of its way that comes after all that it needs."""
    known = tuple(forms)
    result: list[Stage] = []
    last: dict[int, int] = {}
    for number, change in enumerate(plan.changes):
        at = max((last[n] for n in plan.needs[number]), default=0)
        for place, part in enumerate(_parts(change, situation, known)):
            at = _put(result, part, at if place == 0 else at + 1)
        last[number] = at
    return result


def _parts(change: Change, situation: Situation, forms: Sequence[Form]) -> Sequence[Part]:
    for form in forms if change.because is None else ():  # written as it is for a reason
        parts = form(change, situation)
        if parts is not None:
            return parts
    return [Part(changes=(change,))]


def _put(stages: list[Stage], part: Part, earliest: int) -> int:
    """Add the part to a stage, the earliest that will do; gives its number."""
    if part.way is not Way.APART:
        for number in range(earliest, len(stages)):
            known = stages[number]
            # a way back of one's own and one that is found by looking do not go together
            if known.way is part.way and (known.undo is None) == (part.undo is None):
                stages[number].parts.append(part)
                return number
    stages.append(Stage(part.way, [part]))
    return len(stages) - 1
