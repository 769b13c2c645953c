"""New labels of an enum: a label can be used only once it is committed."""

from __future__ import annotations

from collections.abc import Sequence

from todo_db.objects.enum import Enum
from todo_db.plan import Change
from todo_db.revisions.online.stages import Part, Situation, Way


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """The labels in a revision of their own."""
    adds = any(" ADD VALUE " in s.sql for s in change.statements)
    if not isinstance(change.after, Enum) or change.action != "alter" or not adds:
        return None
    return [Part(changes=(change,), way=Way.LABELS, what=f"new labels of {change.after.name}")]
