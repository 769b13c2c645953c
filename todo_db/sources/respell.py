"""Brings the texts that PostgreSQL deparses to one spelling: rebuilt on scratch until they stay the same.

PostgreSQL does not print what it was told but what it made of it, and reading that again can print
something else: after a dump and restore `status IN ('a', 'b')` on a varchar has a cast per element.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from todo_db.findings import Unknown
from todo_db.objects import BY_KIND
from todo_db.objects.extension import Extension
from todo_db.objects.index import Index
from todo_db.objects.table import Table
from todo_db.plan import Change, plan
from todo_db.schema import DbObject, Key, Schema, display, fact_fields

if TYPE_CHECKING:
    import psycopg

    from todo_db.postgres.scratch import Scratch

ROUNDS = 5
"""How often a text may change before we give up; two are the rule."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """An object in its stable spelling, and per fact a text that is one for all that mean the same."""

    obj: DbObject
    meanings: Mapping[str, object]


_Content = tuple[Key, frozenset[DbObject]]
"""What an object's spelling depends on: a partitioned table and its columns are built of the same things."""


@dataclass(slots=True)
class _Memory:
    """What is known about a scratch server's spelling: by content, and by meaning the first text seen."""

    spelled: dict[_Content, Spelled] = field(default_factory=dict)
    texts: dict[tuple[object, ...], object] = field(default_factory=dict)


_memories: WeakKeyDictionary[Scratch, _Memory] = WeakKeyDictionary()


class Respeller:
    """What `compare` asks. What could not be rebuilt is left out of the answer, and is in `unknown`.

    Of texts that mean the same the one that was seen first is given for all, so that what people are
    shown is always a text that PostgreSQL stores.
    """

    def __init__(self, scratch: Scratch) -> None:
        self.unknown: list[Unknown] = []
        self._scratch = scratch
        self._memory = _memories.setdefault(scratch, _Memory())

    def __call__(self, schema: Schema, keys: set[Key]) -> dict[Key, DbObject]:
        """The objects of `schema` called `keys`, in the spelling that no longer changes."""
        asked = {key: self._content(schema, key) for key in keys & schema.objects.keys()}
        known = self._memory.spelled
        if fresh := {key for key, content in asked.items() if content not in known}:
            for key, spelled in self._stable(schema, fresh).items():
                known[asked[key]] = spelled
        return {
            key: self._as_first_seen(schema.objects[key], known[content])
            for key, content in asked.items()
            if content in known
        }

    @staticmethod
    def _content(schema: Schema, key: Key) -> _Content:
        return key, frozenset({_without_place(o) for o in _closure(schema, {key}).values()})

    def _as_first_seen(self, original: DbObject, spelled: Spelled) -> DbObject:
        """The original with stable texts, each in the words in which its meaning was seen first."""
        obj = _with_texts(original, spelled.obj)
        first: dict[str, object] = {}
        for fact, meaning in spelled.meanings.items():
            place = (obj.kind, obj.parent or obj.key, fact, meaning)
            first[fact] = self._memory.texts.setdefault(place, getattr(obj, fact))
        return replace(obj, **first)

    def _stable(self, schema: Schema, keys: set[Key]) -> dict[Key, Spelled]:
        """Rebuild again and again; what changed in the last round still is not stable."""
        connection = self._scratch.database("respell")
        try:
            _prepare(self._scratch, connection, schema, keys)
            return self._rounds(connection, schema, keys)
        finally:
            self._scratch.drop(connection)

    def _rounds(
        self, connection: psycopg.Connection[Any], schema: Schema, keys: set[Key]
    ) -> dict[Key, Spelled]:
        stable: dict[Key, Spelled] = {}
        current, waiting = schema, keys
        for _ in range(ROUNDS):
            rebuilt, failures = _rebuild(connection, current, waiting)
            again: dict[Key, DbObject] = {}
            for key in waiting:
                if key not in rebuilt:
                    reason = failures.get(key, "it was not there after it had been made")
                    self._give_up(schema, key, f"could not be rebuilt on scratch: {reason}")
                elif _texts(rebuilt[key].obj) == _texts(current.objects[key]):
                    stable[key] = rebuilt[key]
                else:
                    again[key] = _with_texts(schema.objects[key], rebuilt[key].obj)
            if not again:
                return stable
            current, waiting = replace(current, objects={**current.objects, **again}), set(again)
        for key in waiting:
            self._give_up(schema, key, f"is spelled differently each time it is rebuilt ({ROUNDS} times)")
        return stable

    def _give_up(self, schema: Schema, key: Key, reason: str) -> None:
        hint = "Compare its two definitions by eye, or make on scratch what it needs."
        self.unknown.append(Unknown(schema.side, f"{key.kind} {key.name}", reason, hint))


# ---- what an object needs ------------------------------------------------------------------------


def _closure(schema: Schema, keys: Iterable[Key]) -> dict[Key, DbObject]:
    """The objects with everything that they cannot be built without."""
    needed: dict[Key, DbObject] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        obj = schema.objects.get(key)
        if obj is None or key in needed:
            continue
        needed[key] = obj
        waiting += _needs(schema, obj)
    return needed


def _needs(schema: Schema, obj: DbObject) -> list[Key]:
    needs = [k for k in schema.depends.get(obj.key, ()) if obj.kind != "sequence" or k.kind != "column"]
    if obj.parent is not None:
        needs.append(obj.parent)
    if (namespace := getattr(obj, "schema", None)) is not None:
        needs.append(Key("schema", display(namespace)))
    if isinstance(obj, Table) and (obj.above or obj.partition_key is not None):
        needs += obj.above
        needs += [member.key for member in schema.children(obj.key, "column")]
    return needs


def _without_place(obj: DbObject) -> DbObject:
    """The object without what depends on the server's disks or on other objects, and says nothing here."""
    changes: dict[str, Any] = {}
    if hasattr(obj, "tablespace"):
        changes["tablespace"] = None
    if isinstance(obj, Index):
        changes |= {"valid": True, "attached_to": None, "inherited": False}
    if isinstance(obj, Table):
        changes |= {"replica_identity": "default", "clustered_on": None, "access_method": None}
    if isinstance(obj, Extension):
        changes["version"] = ""
    return replace(obj, **changes) if changes else obj


# ---- the texts of an object ------------------------------------------------------------------------


def _deparsed(obj: DbObject) -> list[str]:
    return [f.name for f in fact_fields(type(obj)) if f.metadata["deparsed"]]


def _texts(obj: DbObject) -> tuple[object, ...]:
    return tuple(getattr(obj, name) for name in _deparsed(obj))


def _with_texts(obj: DbObject, other: DbObject) -> DbObject:
    """The object with the deparsed texts of another, and everything else as it is."""
    return replace(obj, **{name: getattr(other, name) for name in _deparsed(obj)})


# ---- building ------------------------------------------------------------------------------------


def _prepare(scratch: Scratch, connection: psycopg.Connection[Any], schema: Schema, keys: set[Key]) -> None:
    """Roles and extensions, which are made once and not in each round."""
    needed = _closure(schema, keys).values()
    scratch.ensure_roles(sorted({role for o in needed for role in getattr(o, "roles", ())} - {"public"}))
    connection.execute("SET check_function_bodies = off")


def _rebuild(
    connection: psycopg.Connection[Any], schema: Schema, keys: set[Key]
) -> tuple[dict[Key, Spelled], dict[Key, str]]:
    """Build the objects and what they need, read them, and take everything back.

    Returns the objects, and for those that could not be made the reason.
    """
    from todo_db.postgres.catalog import read
    from todo_db.sources.canonical import canonical

    objects = {key: _without_place(obj) for key, obj in _closure(schema, keys).items()}
    empty = read(connection, side="empty", kinds=(BY_KIND["schema"],))
    target = Schema("target", objects, depends=schema.depends)
    failures: dict[Key, str] = {}
    with connection.transaction(force_rollback=True):
        for change in plan(replace(empty, objects=_shared(empty, objects)), target).changes:
            _run(connection, change, failures)
        kinds = tuple({type(objects[key]) for key in keys})
        found = read(connection, kinds=kinds).objects
        rebuilt = {
            key: Spelled(found[key], canonical(connection, found[key]))
            for key in keys
            if key in found and key not in failures
        }
    return rebuilt, failures


def _shared(empty: Schema, objects: dict[Key, DbObject]) -> dict[Key, DbObject]:
    """What a new database has already, as far as it is wanted."""
    return {key: obj for key, obj in empty.objects.items() if key in objects}


def _run(connection: psycopg.Connection[Any], change: Change, failures: dict[Key, str]) -> None:
    """Run the statements of one change; a failure takes back only this one."""
    import psycopg

    try:
        with connection.transaction():
            for statement in change.statements:
                connection.execute(statement.sql)
    except psycopg.Error as error:
        reason = str(error).splitlines()[0]
        failures.update((obj.key, reason) for obj in (change.object, *change.members))
