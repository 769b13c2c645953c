"""Schemas and findings as JSON and back, generic over their dataclasses, so that results can be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any

from todo_db.schema import Key, Schema, covers_everything

Json = Any

# A JSON list is a tuple and a JSON scalar is itself; everything else is an object with one of these marks.
_CLASS, _ENUM, _KEY, _SET, _MAP, _NAMED, _LIST, _SCHEMA = "c", "e", "k", "s", "m", "n", "l", "schema"


class UnreadableError(ValueError):
    """The JSON is not what `encode` made, or was made by another version."""


def encode(value: object) -> Json:
    """What `decode` turns back into an equal value. Raises TypeError for what it has no form for."""
    if value is None or value is True or value is False or isinstance(value, int | float):
        return value
    if isinstance(value, Enum):
        return {_ENUM: [_name(type(value)), value.name]}
    if isinstance(value, str):
        return value
    if isinstance(value, Key):
        return {_KEY: list(value)}
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    return _encode_composite(value)


def _encode_composite(value: object) -> Json:
    if isinstance(value, Schema):
        return {_SCHEMA: _encode_schema(value)}
    if isinstance(value, frozenset):
        return {_SET: sorted(map(encode, value), key=repr)}
    if isinstance(value, list):
        return {_LIST: [encode(v) for v in value]}
    if isinstance(value, Mapping):
        return {_MAP: [[encode(k), encode(v)] for k, v in value.items()]}
    if value is covers_everything:
        return {_NAMED: "covers_everything"}
    name = _name(type(value))
    try:
        _class(name)
    except (KeyError, ImportError):
        raise TypeError(f"{name} cannot be kept") from None
    return {_CLASS: [name, *(encode(getattr(value, f.name)) for f in fields(value))]}  # type: ignore[arg-type]


def decode(data: Json) -> Any:
    """The value that `encode` was given. Raises UnreadableError for anything else."""
    try:
        return _decode(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ImportError) as error:
        raise UnreadableError(str(error)) from error


def _decode(data: Json) -> Any:
    kind = data.__class__
    if kind is list:
        return tuple([_decode(v) for v in data])
    if kind is not dict:
        return data
    ((mark, body),) = data.items()
    return _DECODERS[mark](body)


def _decode_object(body: Json) -> object:
    name, *values = body
    cls, names = _constructor(name)
    if len(names) != len(values):
        raise UnreadableError(f"{name} has other fields now")
    return cls(**dict(zip(names, map(_decode, values), strict=True)))


def _decode_enum(body: Json) -> object:
    name, member = body
    return _class(name)[member]


# ---- schemas: thousands of objects of few kinds, so the kind and its fields are written once ------------


def _encode_schema(schema: Schema) -> Json:
    rows: dict[str, list[Json]] = {}
    for obj in schema.objects.values():
        names = _names(type(obj))
        rows.setdefault(_name(type(obj)), []).append([encode(getattr(obj, n)) for n in names])
    rest = {f.name: encode(getattr(schema, f.name)) for f in fields(schema) if f.name not in _COMPACT}
    compact = {name: _encode_facts(getattr(schema, name)) for name in _COMPACT[1:]}
    return {"rows": rows, "rest": rest, **compact}


_COMPACT = ("objects", "places", "accepts", "notes")


def _encode_facts(facts: Mapping[tuple[Key, str], object]) -> Json:
    return [[*key, fact, encode(value)] for (key, fact), value in facts.items()]


def _decode_facts(data: Json) -> dict[tuple[Key, str], Any]:
    return {(Key(kind, name), fact): _decode(value) for kind, name, fact, value in data}


def _decode_schema(body: Json) -> Schema:
    objects = {}
    for name, rows in body["rows"].items():
        cls, names = _constructor(name)
        for row in rows:
            if len(row) != len(names):
                raise UnreadableError(f"{name} has other fields now")
            values = [v if v.__class__ in _SCALARS else _decode(v) for v in row]
            made = cls(**dict(zip(names, values, strict=True)))
            objects[made.key] = made
    rest: dict[str, Any] = {name: _decode(value) for name, value in body["rest"].items()}
    rest |= {name: _decode_facts(body[name]) for name in _COMPACT[1:]}
    return Schema(objects=objects, **rest)


_SCALARS = (str, int, bool, type(None), float)

_DECODERS: dict[str, Callable[[Json], Any]] = {
    _CLASS: _decode_object,
    _ENUM: _decode_enum,
    _KEY: lambda body: Key(*body),
    _SET: lambda body: frozenset(map(_decode, body)),
    _LIST: lambda body: [_decode(v) for v in body],
    _MAP: lambda body: {_decode(k): _decode(v) for k, v in body},
    _NAMED: lambda body: {"covers_everything": covers_everything}[body],
    _SCHEMA: _decode_schema,
}


# ---- which classes there are ---------------------------------------------------------------------------

# Classes are looked up by name in these modules alone, each imported when it is first needed: all kinds of
# objects together take longer to import than a kept result takes to read.
_MODULES = ("todo_db.findings", "todo_db.sources.coverage", "todo_db.spec.document")
_KINDS = "todo_db.objects."


def _names(cls: type[Any]) -> tuple[str, ...]:
    """The names of a dataclass's fields."""
    return tuple(f.name for f in fields(cls))


def _name(cls: type[Any]) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


@cache
def _class(name: str) -> type[Any]:
    """The class of that name. Raises KeyError for what may not be kept."""
    module_name, _, class_name = name.partition(":")
    if module_name not in _MODULES and not module_name.startswith(_KINDS):
        raise KeyError(name)
    found = getattr(import_module(module_name), class_name, None)
    if not isinstance(found, type) or found.__module__ != module_name:
        raise KeyError(name)
    if not issubclass(found, Enum) and not is_dataclass(found):
        raise KeyError(name)
    return found


@cache
def _constructor(name: str) -> tuple[Callable[..., Any], tuple[str, ...]]:
    cls = _class(name)
    return cls, _names(cls)
