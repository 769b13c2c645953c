"""The forms that do not stop a running service: one file each, in the order in which they are tried."""

from __future__ import annotations

from todo_db.plan import Plan
from todo_db.revisions.online import (
    enum_labels,
    indexes,
    keys,
    new_columns,
    not_null,
    replaced,
    retyped,
    validated,
)
from todo_db.revisions.online.stages import Batches, Form, Part, Situation, Stage, Way, stages

FORMS: tuple[Form, ...] = (
    enum_labels.parts,
    replaced.parts,
    keys.parts,
    indexes.parts,
    validated.parts,
    new_columns.parts,
    retyped.parts,
    not_null.parts,
)


def online(plan: Plan, situation: Situation) -> list[Stage]:
    """The plan as a series of revisions, none of which stops whoever reads or writes."""
    return stages(replaced.paired(plan, situation), situation, FORMS)


def simple(plan: Plan) -> list[Stage]:
    """The plan as one revision."""
    return [Stage(Way.TOGETHER, [Part(changes=(change,)) for change in plan.changes])]


__all__ = ["Batches", "Part", "Situation", "Stage", "Way", "online", "simple"]
