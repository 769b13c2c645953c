"""Defaults that only Python sets, as they are written in a field."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def python_default(column: sa.Column[Any], cls: type | None, attribute: str) -> str | None:
    """The default of a column that has none in the database; None where there is none at all."""
    if column.server_default is not None or column.computed is not None or column.identity is not None:
        return None
    if column.default is not None:
        return describe(column.default, "default")
    field = getattr(cls, "model_fields", {}).get(attribute)
    if field is None or column.primary_key:
        return None
    if field.default_factory is not None:
        return f"default_factory={_name(field.default_factory)}"
    value = field.default
    unset = value is None or type(value).__name__ == "PydanticUndefinedType"
    return None if unset else f"default={value!r}"


def describe(default: Any, word: str) -> str | None:
    """SQLAlchemy's `default` or `onupdate` as a person would write it."""
    if default is None or isinstance(default, sa.Sequence):
        return None
    argument = getattr(default, "arg", default)
    if callable(argument):
        return f"{'default_factory' if word == 'default' else word}={_name(argument)}"
    return f"{word}={argument}" if isinstance(argument, sa.ClauseElement) else f"{word}={argument!r}"


def _name(function: Any) -> str:
    name = str(getattr(function, "__qualname__", type(function).__name__)).rpartition("<locals>.")[2]
    module = getattr(function, "__module__", None)
    return name if module in (None, "builtins") or name == "<lambda>" else f"{module}.{name}"
