"""A type that copies the table comes by a second column: kept in step by a trigger, filled, swapped.

In place, ALTER COLUMN TYPE holds ACCESS EXCLUSIVE while every row and every index is written anew.
https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from todo_db.objects.casts import assignable, through
from todo_db.objects.change import Statement
from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.index import Index
from todo_db.objects.names import beside, quote
from todo_db.objects.statements import comment_if_any
from todo_db.objects.table import Table
from todo_db.plan import Change
from todo_db.revisions.online.indexes import concurrently
from todo_db.revisions.online.not_null import check_for
from todo_db.revisions.online.stages import Batches, Part, Situation, Way
from todo_db.revisions.online.validated import validation
from todo_db.schema import DbObject

_FACTS = frozenset({"type", "default", "nullable", "collation", "comment"})
BECAUSE = "the table is not copied under a lock: its rows move to a second column"


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """Expand, fill, index, check, swap and contract, where nothing but indexes hangs on the column."""
    old, new = change.before, change.after
    if change.action != "alter" or not isinstance(old, Column) or not isinstance(new, Column):
        return None
    if "type" not in change.changed or new.parent in situation.new or not situation.rewrites(change):
        return None
    reasons = list(_in_the_way(old, new, situation))
    if not change.changed <= _FACTS:
        facts = ", ".join(sorted(change.changed - _FACTS)).replace("_", " ")
        reasons.append(f"{facts} of it changes, too")
    if reasons:
        note = (
            f"{old.table} is copied in place, with its indexes: until that is done nobody reads or writes it"
        )
        return [Part(changes=(change,), note=f"{note} ({'; '.join(reasons)})")]
    return _Move(old, new, situation).parts()


def _in_the_way(old: Column, new: Column, situation: Situation) -> Iterator[str]:
    """Why the column cannot give way to another: whatever else uses it means it by its number."""
    table = situation.before.objects.get(old.parent) if old.parent is not None else None
    if not isinstance(table, Table) or table.partition_key or table.above:
        yield "it is partitioned, or a part of another table"
        return
    if old.identity or old.generated or "nextval(" in f"{old.default}{new.default}":
        yield "the column numbers or computes itself"
    if _is_inherited_from(table, situation):
        yield "other tables inherit from it"
    users = [k for k, needed in situation.before.depends.items() if old.key in needed]
    using = {k for k in users if not _is_plain_index(situation.before.objects.get(k), old)}
    using |= {o.key for o in _constraints(old, situation) if old.name in getattr(o, "columns", ())}
    if using:
        yield "used by " + ", ".join(f"{k.kind} {k.name.removeprefix('public.')}" for k in sorted(using))
    if any(getattr(old, d) not in (None, ()) for d in ("storage", "compression", "statistics", "options")):
        yield "it is stored in a way of its own"


def _is_inherited_from(table: Table, situation: Situation) -> bool:
    tables = (o for o in situation.before.objects.values() if isinstance(o, Table))
    return any(table.key in o.above for o in tables)


def _constraints(column: Column, situation: Situation) -> list[DbObject]:
    kinds = ("primary key", "unique", "foreign key", "check", "exclusion")
    sides = (situation.before, situation.after)
    return [o for s in sides for o in s.objects.values() if o.parent == column.parent and o.kind in kinds]


def _is_plain_index(obj: DbObject | None, column: Column) -> bool:
    """Whether the column is one of an index's keys and in nothing else of it."""
    if not isinstance(obj, Index) or obj.predicate is not None or obj.attached_to is not None:
        return False
    plain = all(c == quote(column.name) or column.name not in c for c in obj.columns)
    return plain and column.name not in obj.include and obj.valid and obj.comment is None


@dataclass(frozen=True, slots=True)
class _Move:
    """One column on its way to another type."""

    old: Column
    new: Column
    situation: Situation

    @property
    def name(self) -> str:
        return f"{self.old.table}.{self.old.name}"

    @property
    def aside(self) -> Column:
        """The new column before it has its name."""
        bare = replace(self.new, nullable=True, default=None, comment=None)
        return replace(bare, name=beside(self.new.name, "__new"), position=10_000)

    @property
    def left(self) -> Column:
        """The old column when it has lost its name."""
        return replace(self.old, name=beside(self.old.name, "__old"), nullable=True, default=None)

    def parts(self) -> list[Part]:
        """All of them, in order."""
        check = check_for(self.aside, self.situation) if not self.new.nullable else None
        checked = (Change(action="create", after=check, statements=tuple(check.create())),) if check else ()
        fill = self._batches(self.aside, self.old)
        found = [
            Part(changes=(self._added(), self._synced(self.aside, self.old)), what=f"expand {self.name}"),
            Part(changes=checked, way=Way.APART, what=f"fill {self.name}", batches=fill),
        ]
        for index in self._indexes():
            made = concurrently(self._created(self._renamed(index)))
            found.append(Part(changes=(made,), way=Way.APART, what=f"index {index.name}"))
        if check is not None:
            found.append(validation(check))
        return [*found, self._swap(check), self._contract()]

    # ---- the steps ----------------------------------------------------------------------------------

    def _added(self) -> Change:
        return Change(action="create", after=self.aside, statements=tuple(self.aside.create()))

    def _swap(self, check: Check | None) -> Part:
        """Names change places in a moment; from now on the old column is what is kept in step."""
        target, old, new = self.new.alter_relation, quote(self.old.name), quote(self.aside.name)
        left = quote(self.left.name)
        there = self._unsynced()
        there += [f"{target} RENAME COLUMN {old} TO {left}", f"{target} RENAME COLUMN {new} TO {old}"]
        there += [f"{target} ALTER COLUMN {left} DROP DEFAULT, ALTER COLUMN {left} DROP NOT NULL"]
        if self.new.default is not None:
            there.append(f"{target} ALTER COLUMN {old} SET DEFAULT {self.new.default}")
        if check is not None:
            there.append(f"{target} ALTER COLUMN {old} SET NOT NULL")
            there.append(f"{target} DROP CONSTRAINT {quote(check.name)}")
        there += [s.sql for s in comment_if_any(self.new)]
        back = self._unsynced()
        if check is not None:
            back.append(f"{target} ADD CONSTRAINT {quote(check.name)} CHECK ({old} IS NOT NULL)")
        back.append(f"{target} ALTER COLUMN {old} DROP DEFAULT, ALTER COLUMN {old} DROP NOT NULL")
        back += [f"COMMENT ON {self.new.address} IS NULL"] if self.new.comment is not None else []
        back += [f"{target} RENAME COLUMN {old} TO {new}", f"{target} RENAME COLUMN {left} TO {old}"]
        back += [f"{target} ALTER COLUMN {old} SET DEFAULT {self.old.default}"] * (
            self.old.default is not None
        )
        back += [f"{target} ALTER COLUMN {old} SET NOT NULL"] * (not self.old.nullable)
        for index in self._indexes():
            aside = self._renamed(index)
            there += [s.sql for s in (*index.drop(), *aside.rename(index))]
            back += [s.sql for s in (*index.rename(aside), *index.create())]
        forth = (self._sql("alter", there), self._synced(self.left, self.new))
        undo = (self._sql("alter", back), self._synced(self.aside, self.old))
        return Part(changes=forth, what=f"swap {self.name}", undo=undo)

    def _contract(self) -> Part:
        """The old column goes; it comes back from the new one, with what that type can hold of it."""
        gone = [*self._unsynced(), f"{self.left.alter_relation} DROP COLUMN {quote(self.left.name)}"]
        again = f"{self.left.alter_relation} ADD COLUMN IF NOT EXISTS {self.left.inline}"
        undo = (self._sql("create", [again], of=self.left), self._synced(self.left, self.new))
        return Part(
            changes=(self._sql("drop", gone, of=self.left),),
            what=f"contract {self.name}",
            undo=undo,
            undo_batches=self._batches(self.left, self.new),
        )

    # ---- what they are made of ----------------------------------------------------------------------

    def _batches(self, into: Column, source: Column) -> Batches:
        return Batches(
            schema=into.schema,
            table=into.table,
            column=into.name,
            expression=_cast(quote(source.name), source.type, into.type),
            missing=f"{quote(into.name)} IS NULL AND {quote(source.name)} IS NOT NULL",
        )

    @property
    def _trigger(self) -> str:
        return beside(f"{self.old.table}_{self.old.name}", "__sync")

    def _synced(self, into: Column, source: Column) -> Change:
        """A trigger that gives `into` its value; what the old type cannot hold is left out, not refused."""
        value = _cast(f"NEW.{quote(source.name)}", source.type, into.type)
        assign = f"NEW.{quote(into.name)} := {value};"
        if into is not self.aside and into.name == self.left.name:
            refused = f"EXCEPTION WHEN data_exception THEN NEW.{quote(into.name)} := NULL;"
            assign = f"BEGIN {assign} {refused} END;"
        function = quote(self.old.schema, self._trigger)
        made = (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$sync$BEGIN {assign} RETURN NEW; END$sync$"
        )
        bound = (
            f"CREATE OR REPLACE TRIGGER {quote(self._trigger)} BEFORE INSERT OR UPDATE"
            f" ON {self.old.relation} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        return self._sql("alter", [made, bound])

    def _unsynced(self) -> list[str]:
        return [
            f"DROP TRIGGER {quote(self._trigger)} ON {self.old.relation}",
            f"DROP FUNCTION {quote(self.old.schema, self._trigger)}()",
        ]

    def _sql(self, action: str, texts: Sequence[str], of: Column | None = None) -> Change:
        statements = tuple(map(Statement, texts))
        if action == "create":
            return Change(action="create", after=of, statements=statements, because=BECAUSE)
        if action == "drop":
            return Change(action="drop", before=of, statements=statements, because=BECAUSE)
        changed = frozenset({"type"})
        return Change(
            action="alter",
            before=self.old,
            after=self.new,
            changed=changed,
            statements=statements,
            because=BECAUSE,
        )

    def _indexes(self) -> list[Index]:
        found = self.situation.before.objects.items()
        mine = {k for k, needed in self.situation.before.depends.items() if self.old.key in needed}
        kept = self.situation.after.objects  # one that changes, too, is dropped before and made after that
        return [
            o
            for k, o in found
            if isinstance(o, Index) and (k in mine or self._is_key_of(o)) and kept.get(k) == o
        ]

    def _is_key_of(self, index: Index) -> bool:
        return index.parent == self.old.parent and quote(self.old.name) in index.columns

    def _renamed(self, index: Index) -> Index:
        mine, other = quote(self.old.name), quote(self.aside.name)
        columns = tuple(other if c == mine else c for c in index.columns)
        return replace(index, name=beside(index.name, "__new"), columns=columns, statistics=())

    @staticmethod
    def _created(index: Index) -> Change:
        return Change(action="create", after=index, statements=tuple(index.create()))


def _cast(value: str, before: str, after: str) -> str:
    return f"{value}::{after}" if assignable(before, after) else f"{value}::{through(before, after)}{after}"
