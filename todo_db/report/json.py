"""The machine's format: one JSON object on stdout, the same for every command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from todo_db.errors import Exit, TodoDbError
from todo_db.findings import Report
from todo_db.report import Look


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """The report as design and README promise it; non-ASCII is escaped, so that any consumer can read it."""
    return dump(report.as_dict(exit_code))


def render_error(command: str, error: TodoDbError) -> str:
    """The shape of a report for a run that failed: no findings, and what happened under `error`."""
    shape = Report(command=command).as_dict(error.exit_code)
    return dump({**shape, "error": {"what": error.what, "where": error.where, "hint": error.hint}})


def dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2)
