"""Typer checks every value with pydantic, whose import outlasts most commands: plain types need none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer


def _whole(text: Any) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number") from None


_PLAIN: Mapping[Any, Callable[[Any], Any]] = {
    bool: bool,  # flags arrive as what they are, or as None
    str: str,
    int: _whole,
    Path: Path,
    list[str]: lambda values: [str(v) for v in values],
    list[Path]: lambda values: [Path(v) for v in values],
}


@dataclass(frozen=True, slots=True)
class _Plain:
    """Stands in for Typer's coercion of one parameter."""

    convert: Callable[[Any], Any]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        return self.convert(value)


def quicken(command: Any, context: Any) -> Any:
    """Give a command's plain parameters a conversion that imports nothing; returns the command.

    Where a version of Typer is built otherwise, nothing happens: its own conversion does the same, slower.
    """
    for parameter in command.get_params(context):
        annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        if (
            getattr(parameter, "_runtime_param", ...) is None
            and annotation in _PLAIN
            and _is_plain(parameter)
        ):
            parameter._runtime_param = _Plain(_PLAIN[annotation])
    for inner in getattr(command, "commands", {}).values():
        quicken(inner, context)
    return command


def _is_plain(parameter: Any) -> bool:
    """Whether nothing was asked of the value beyond its type (that a path exists, a parser of its own)."""
    info = parameter.type_descriptor.parameter_info
    asked = (
        info.parser,
        info.envvar,
        info.exists,
        info.resolve_path,
        info.readable is False,
        info.writable,
        info.allow_dash,
    )
    return not any(asked)
