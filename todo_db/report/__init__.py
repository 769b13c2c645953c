"""What a command found, in every format that people and machines read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from todo_db.errors import Exit, UsageError
from todo_db.findings import Report

# Name → module; each has one function `render(report, exit_code, look)`. Loaded when asked for.
FORMATS: Mapping[str, str] = {
    "text": "todo_db.report.text",
    "json": "todo_db.report.json",
    "github": "todo_db.report.github",
    "markdown": "todo_db.report.markdown",
    "sarif": "todo_db.report.sarif",
    "junit": "todo_db.report.junit",
    "html": "todo_db.report.html",
}


@dataclass(frozen=True, slots=True)
class Look:
    """Where a report is going to be looked at.

    width: columns; None: lines are never wrapped. prefix: what leads from the repository's root to the
    project, for formats whose paths are the repository's ('' or 'backend/').
    """

    color: bool = False
    width: int | None = 80
    prefix: str = ""


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Document:
    """A command's result that is a text of its own (a specification, SQL) rather than a report.

    notes: what the text cannot say, for stderr.
    """

    text: str
    exit_code: Exit = Exit.CLEAN
    notes: tuple[str, ...] = ()


class Renderer(Protocol):
    def render(self, report: Report, exit_code: Exit, look: Look) -> str: ...


def render(name: str, report: Report, exit_code: Exit, look: Look = PLAIN) -> str:
    """The report in the format of that name. Raises UsageError for a name that is none."""
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}", hint="known: " + ", ".join(FORMATS))
    return cast("Renderer", import_module(FORMATS[name])).render(report, exit_code, look)
