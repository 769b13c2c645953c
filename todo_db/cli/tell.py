"""How a command's outcome reaches people, machines and GitHub Actions."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from todo_db.cli import output
from todo_db.cli.failures import explained, masked, message, trace
from todo_db.cli.options import Options
from todo_db.errors import Exit
from todo_db.findings import Report
from todo_db.report import render
from todo_db.report.github import error_annotation
from todo_db.report.json import render_error


def tell_report(report: Report, code: Exit, options: Options, prefix: str) -> None:
    """Write a report in the format asked for and, on GitHub Actions, as annotations and summary as well.

    prefix: what leads from the repository's root to the project.
    """
    look = output.look_for(sys.stdout, options.color, os.environ, to_file=options.output is not None)
    look = replace(look, prefix=prefix)
    output.write(render(options.format, report, code, look), options.output)
    if output.on_github(os.environ):
        output.tell_github(report, code, look, options.format, os.environ)


def tell_failure(
    command: str, error: Exception, secrets: Iterable[str], *, json: bool, file: Path | None = None
) -> int:
    """Tell why there is no result: stderr for people; stdout (or `file`) too where JSON was asked for.

    Returns the exit code.
    """
    known = masked(explained(error), secrets)
    width = shutil.get_terminal_size((80, 24)).columns if sys.stderr.isatty() else None
    for line in message(command, known, width):
        output.emit(sys.stderr, line + "\n")
    if text := trace(error, os.environ, secrets):
        output.emit(sys.stderr, text)
    if output.on_github(os.environ):
        output.emit(sys.stderr, error_annotation(known) + "\n")
    if json:
        with suppress(OSError):  # the file may be what failed
            output.write(render_error(command, known), file)
    return known.exit_code
