"""Renames: what is the same under another name, which nobody but the author knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from todo_db.align import mostly_same
from todo_db.errors import UsageError
from todo_db.objects.change import Hazard, Statement
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint
from todo_db.objects.names import quote, undisplay
from todo_db.objects.table import Table
from todo_db.plan import Change, Plan
from todo_db.schema import DbObject, Key, Schema, display

BECAUSE = "the same under another name"
_NAMED = frozenset(
    {"table", "column", "index", "enum", "domain", "view", "materialized view", "sequence", "composite type"}
    | {"range type", "primary key", "unique", "check", "foreign key", "exclusion"}
)


@dataclass(frozen=True, slots=True)
class Rename:
    """An object and the name that it gets."""

    object: DbObject
    name: str

    def there(self) -> Change:
        """The change that gives it the new name."""
        return self._change(self.object.parts[-1], self.name)

    def back(self) -> Change:
        """The change that gives it its old name back."""
        return self._change(self.name, self.object.parts[-1])

    def _change(self, old: str, new: str) -> Change:
        statement = Statement(self._text(old, new), (Hazard.BREAKS_CODE,))
        changed = frozenset({"name"})
        return Change(
            action="alter", before=self.object, changed=changed, statements=(statement,), because=BECAUSE
        )

    def _text(self, old: str, new: str) -> str:
        obj = self.object
        if isinstance(obj, Column):
            return f"{obj.alter_relation} RENAME COLUMN {quote(old)} TO {quote(new)}"
        if isinstance(obj, Constraint):
            return f"{obj.alter_relation} RENAME CONSTRAINT {quote(old)} TO {quote(new)}"
        word = obj.address.removesuffix(quote(*obj.parts))
        schema = obj.parts[0]
        return f"ALTER {word}{quote(schema, old)} RENAME TO {quote(new)}"


def find(asked: Mapping[str, str], stated: Mapping[str, str], before: Schema, target: Schema) -> list[Rename]:
    """The renames that were asked for, and those that the spec states and that are not done yet.

    Both map an old name ('tasks', 'tasks.titel', 'other.tasks') to a new one; of that only the last part
    counts. Members come first: they are named by what their table was called. Raises UsageError.
    """
    found = [_one(old, new, before) for old, new in asked.items()]
    for old, new in stated.items():
        obj = _object(old, before)
        if obj is not None and not _is_there(obj, new, before) and obj.key not in target.objects:
            found.append(Rename(obj, undisplay(new)[-1]))
    unique = {r.object.key: r for r in found}
    return sorted(unique.values(), key=lambda r: isinstance(r.object, Table))


def _one(old: str, new: str, before: Schema) -> Rename:
    obj = _object(old, before)
    if obj is None:
        raise UsageError(
            f"--rename names {old}, which the migrations do not build",
            hint="--rename tasks:todos, --rename tasks.titel:title; indexes and types by their name",
        )
    if _is_there(obj, new, before):
        raise UsageError(f"--rename {old}:{new}: there is a {obj.kind} {new} already")
    return Rename(obj, undisplay(new)[-1])


def _object(name: str, schema: Schema) -> DbObject | None:
    """What the name means: a table or another thing of the schema before what lives in a table."""
    parts = undisplay(name)
    names = {display(*parts), display("public", *parts)}
    hits = [o for k, o in schema.objects.items() if k.kind in _NAMED and k.name in names]
    return min(hits, key=lambda o: (o.kind != "table", o.kind != "column"), default=None)


def _is_there(obj: DbObject, new: str, schema: Schema) -> bool:
    return Key(obj.kind, display(*obj.parts[:-1], undisplay(new)[-1])) in schema.objects


def suggestions(found: Plan) -> dict[Key, str]:
    """For what would be dropped, what it may have become: 'tasks.titel:title'."""
    dropped = [c for c in found.changes if c.action == "drop"]
    created = [c for c in found.changes if c.action == "create"]
    return {key: text for change in dropped for key, text in _like(change, created)}


def _like(gone: Change, created: Iterable[Change]) -> Iterator[tuple[Key, str]]:
    old = gone.object
    for change in created:
        new = change.object
        alike = isinstance(old, Column) and isinstance(new, Column)
        if alike and old.parent == new.parent and getattr(old, "type", 0) == getattr(new, "type", 1):
            yield old.key, f"{_short(old.key)}:{display(new.parts[-1])}"
        if isinstance(old, Table) and isinstance(new, Table) and old.schema == new.schema:
            before, after = (
                {(m.parts[-1], m.type) for m in c.members if isinstance(m, Column)} for c in (gone, change)
            )
            if mostly_same(before, after):
                yield old.key, f"{_short(old.key)}:{display(new.parts[-1])}"


def _short(key: Key) -> str:
    return key.name.removeprefix("public.")
