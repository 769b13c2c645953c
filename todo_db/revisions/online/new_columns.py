"""New columns: with a constant default in one step; a default that is computed row by row comes in batches.

https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from todo_db.objects.change import Statement
from todo_db.objects.column import Column
from todo_db.objects.names import quote
from todo_db.plan import Change
from todo_db.revisions.online.not_null import batches, filled, tightened
from todo_db.revisions.online.stages import Part, Situation, Way


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """The column without anything that touches rows, the rows in batches, and then what it is to be."""
    new = change.after
    if change.action != "create" or not isinstance(new, Column) or new.parent in situation.new:
        return None
    if new.relation_kind != "table" or new.inherited or new.generated is not None or new.identity is not None:
        return None
    given = situation.data.get(new.key)
    copies = new.default is not None and situation.rewrites(change)
    if given is None and not copies:
        return None
    expression = given if given is not None else new.default
    situation = replace(situation, data={**situation.data, new.key: expression or "NULL"})
    bare = replace(new, nullable=True, default=None)
    added = [replace(change, after=bare, statements=tuple(bare.create()))]
    loose = replace(new, nullable=True)
    if new.default is not None:
        text = f"{new.alter_relation} ALTER COLUMN {quote(new.name)} SET DEFAULT {new.default}"
        changed = frozenset({"default"})
        added.append(
            Change(action="alter", before=bare, after=loose, changed=changed, statements=(Statement(text),))
        )
    if new.nullable:
        what = f"{new.table}.{new.name}"
        fill = Part(way=Way.APART, what=f"fill {what}", batches=batches(new, expression or "NULL"))
        return [Part(changes=tuple(added), what=f"add {what}"), fill]
    return [*filled(loose, situation, added), *tightened(loose, situation)]
