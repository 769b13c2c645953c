"""What servers of different majors cannot both state, taken out before their schemas are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from todo_db.objects.column import Column
from todo_db.objects.default_privileges import DefaultPrivileges
from todo_db.objects.extension import Extension
from todo_db.objects.grant import Grant
from todo_db.schema import DbObject, Key, Schema

_MAINTAIN = frozenset({"maintain", "maintain*"})  # a privilege since PostgreSQL 17


def level(sides: Sequence[Schema]) -> list[Schema]:
    """The sides as the oldest of their servers could state them; sides of one major stay as they are.

    GRANT ALL gives MAINTAIN only from 17 on, NOT NULL constraints have names only from 18 on, and each major
    brings versions of the extensions of its own.
    """
    majors = {side.server // 10000 for side in sides if side.server is not None}
    if len(majors) < 2:
        return list(sides)
    result = [_any_version(side) for side in sides]
    if min(majors) < 18:
        result = [_any_not_null_name(side) for side in result]
    return [_without_maintain(side) for side in result] if min(majors) < 17 else result


def set_aside(sides: Sequence[Schema]) -> tuple[str, ...]:
    """What `level` leaves out of a comparison of these sides, in words; only what one of them has."""
    majors = sorted({side.server // 10000 for side in sides if side.server is not None})
    if len(majors) < 2:
        return ()
    between = f"not compared between PostgreSQL {' and '.join(map(str, majors))}"
    return tuple(f"{between}: {what}" for what in _left_out(sides, majors[0]))


def _left_out(sides: Sequence[Schema], oldest: int) -> Iterator[str]:
    objects = [obj for side in sides for obj in side.objects.values()]
    if names := sorted({o.name for o in objects if isinstance(o, Extension)}):
        yield f"the versions of extensions ({', '.join(names)})"
    if oldest < 18:
        named = {f"{o.table}.{o.name}" for o in objects if isinstance(o, Column) and _is_named(o)}
        if named:
            yield f"the names and comments of NOT NULL constraints ({', '.join(sorted(named))})"
    if oldest < 17 and any(_MAINTAIN.intersection(getattr(o, "privileges", ())) for o in objects):
        yield "the privilege MAINTAIN"


def _is_named(column: Column) -> bool:
    return column.not_null_name is not None or column.not_null_comment is not None


def _any_version(side: Schema) -> Schema:
    versions = {(key, "version"): None for key, obj in side.objects.items() if isinstance(obj, Extension)}
    return replace(side, accepts={**versions, **side.accepts}) if versions else side


def _any_not_null_name(side: Schema) -> Schema:
    named = {
        (key, fact): None
        for key, obj in side.objects.items()
        if isinstance(obj, Column)
        for fact in ("not_null_name", "not_null_comment")
        if getattr(obj, fact) is not None
    }
    return replace(side, accepts={**named, **side.accepts}) if named else side


def _without_maintain(side: Schema) -> Schema:
    changed: dict[Key, DbObject] = {}
    for key, obj in side.objects.items():
        if isinstance(obj, (Grant, DefaultPrivileges)) and _MAINTAIN.intersection(obj.privileges):
            changed[key] = replace(obj, privileges=tuple(p for p in obj.privileges if p not in _MAINTAIN))
    return replace(side, objects={**side.objects, **changed}) if changed else side
