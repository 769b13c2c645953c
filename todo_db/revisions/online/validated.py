"""Foreign keys and checks: first for new rows only, then validated, which locks nobody out.

https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from todo_db.objects.check import Check, validate
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.table import Table
from todo_db.plan import Change
from todo_db.revisions.online.stages import Part, Situation, Way

BECAUSE = "rows that are there already are read without keeping anybody from writing"


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """NOT VALID, and VALIDATE after that is committed."""
    made = change.after
    if isinstance(made, (ForeignKey, Check)) and change.action == "alter" and "valid" in change.changed:
        return [Part(changes=(change,), way=Way.VALIDATE, what=f"validate {made.name}")]
    if change.action != "create" or not isinstance(made, (ForeignKey, Check)):
        return None
    if not made.valid or not made.enforced or made.parent in situation.new or not _can_wait(made, situation):
        return None
    return in_two(made)


def in_two(made: ForeignKey | Check) -> list[Part]:
    """The constraint without a look at the rows, and the look."""
    loose = replace(made, valid=False)
    added = Change(action="create", after=loose, statements=tuple(loose.create()))
    return [Part(changes=(added,), what=f"add {made.name}"), validation(loose)]


def validation(loose: ForeignKey | Check) -> Part:
    """The look at the rows."""
    made = replace(loose, valid=True)
    looked = Change(
        action="alter",
        before=loose,
        after=made,
        changed=frozenset({"valid"}),
        statements=tuple(validate(loose, frozenset({"valid"}))),
        because=BECAUSE,
    )
    return Part(changes=(looked,), way=Way.VALIDATE, what=f"validate {made.name}")


def _can_wait(made: ForeignKey | Check, situation: Situation) -> bool:
    """A partitioned table's foreign key cannot be NOT VALID before PostgreSQL 18."""
    table = situation.before.objects.get(made.parent) if made.parent is not None else None
    if made.relation_kind != "table" or not isinstance(table, Table):
        return False
    return not isinstance(made, ForeignKey) or table.partition_key is None
