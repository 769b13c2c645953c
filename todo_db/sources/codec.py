"""Schemas and findings as JSON and back, generic over their dataclasses, so that results can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
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
    if name not in _classes():
        raise TypeError(f"{name} cannot be kept")
    return {_CLASS: [name, *(encode(getattr(value, f.name)) for f in fields(value))]}  # type: ignore[arg-type]


def decode(data: Json) -> Any:
    """The value that `encode` was given. Raises UnreadableError for anything else."""
    try:
        return _decode(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
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
    cls, names = _constructors()[name]
    if len(names) != len(values):
        raise UnreadableError(f"{name} has other fields now")
    return cls(**dict(zip(names, map(_decode, values), strict=True)))


def _decode_enum(body: Json) -> object:
    name, member = body
    return _classes()[name][member]


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
        cls, names = _constructors()[name]
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


_NAMES: dict[type[Any], tuple[str, ...]] = {}


def _names(cls: type[Any]) -> tuple[str, ...]:
    """The names of a dataclass's fields."""
    found = _NAMES.get(cls)
    if found is None:
        found = _NAMES[cls] = tuple(f.name for f in fields(cls))
    return found


@cache
def _constructors() -> dict[str, tuple[Callable[..., Any], tuple[str, ...]]]:
    return {n: (cls, _names(cls)) for n, cls in _classes().items() if not issubclass(cls, Enum)}


@cache
def _classes() -> dict[str, type[Any]]:
    """Every class that may be kept, by its name."""
    from todo_db import findings
    from todo_db.objects import KINDS
    from todo_db.sources import coverage
    from todo_db.spec import document

    classes = (*KINDS, *_public(findings), *_public(coverage), *_public(document))
    return {_name(cls): cls for cls in classes}


def _name(cls: type[Any]) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _public(module: Any) -> Iterable[type[Any]]:
    """The dataclasses and enums that a module defines."""
    own = (v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__)
    return [c for c in own if issubclass(c, Enum) or hasattr(c, "__dataclass_fields__")]
