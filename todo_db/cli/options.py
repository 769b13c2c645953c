"""The options that every command shares, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from todo_db.findings import Severity
from todo_db.report import FORMATS

_FAIL_ON = (Severity.ERROR.value, Severity.WARNING.value)
SIDE = "spec, models, migrations, migrations@REV, live, a postgresql:// URL, a .md, .yaml or .sql file."
_COLOR = ("auto", "always", "never")


def one_of(*allowed: str) -> Callable[[str], str]:
    """A callback that accepts these values only."""

    def check(value: str) -> str:
        if value not in allowed:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(allowed)}")
        return value

    return check


def choice(flag: str, *allowed: str, text: str) -> Any:
    """An option with a closed set of values."""
    return typer.Option(
        flag,
        callback=one_of(*allowed),
        metavar="|".join(allowed),
        help=text,
        autocompletion=lambda: list(allowed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the shared options say."""

    format: Annotated[str, choice("--format", *FORMATS, text="How the result is written.")] = "text"
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write the result to FILE, at once or not at all."),
    ] = None
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Findings do not make the exit code 1.")] = (
        False
    )
    fail_on: Annotated[
        str, choice("--fail-on", *_FAIL_ON, text="The lightest finding that makes the exit code 1.")
    ] = Severity.WARNING.value
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="URL",
            help="The live database; default: DATABASE_URL (environment, .env), else the embedded one.",
            show_default=False,
        ),
    ] = None
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="DIR", help="The project's folder; without it the one you are in."),
    ] = None
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False
    color: Annotated[
        str, choice("--color", *_COLOR, text="Colours; NO_COLOR and FORCE_COLOR are respected.")
    ] = "auto"

    @property
    def severity(self) -> Severity:
        return Severity(self.fail_on)


def parameters() -> list[inspect.Parameter]:
    """The shared options as parameters of a command's function."""
    hints = get_type_hints(Options, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(f.name, keyword, default=f.default, annotation=hints[f.name])
        for f in fields(Options)
    ]
