"""What `--targets` shows, and the exit code that comes of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import typer

from todo_db.cli import output
from todo_db.cli.common import Result, Run
from todo_db.cli.shown import shown
from todo_db.errors import UsageError
from todo_db.report import Document, render
from todo_db.report.escape import visible
from todo_db.report.redact import redacted


def migrated(
    run: Run, source: str, options: Mapping[str, Any], *, jobs: int | None, first: int | None, resume: bool
) -> Document:
    """Migrate many databases: a table and what failed, or the report for machines; exit 4 if any failed."""
    from todo_db.workflows.fleet import JOBS, Fleet, migrate_fleet

    wanted = Fleet(source, JOBS if jobs is None else jobs, first or 0, resume)
    outcome, code = migrate_fleet(run.workspace(), wanted, options)
    if run.options.format == "text":
        return Document("\n".join(map(visible, outcome.text.splitlines())), exit_code=code)
    look = output.look_for(sys.stdout, run.options.color, run.environ, to_file=run.options.output is not None)
    return Document(
        render(run.options.format, redacted(outcome.report, run.secrets), code, look), exit_code=code
    )


TARGETS = typer.Option(
    "--targets",
    metavar="FILE|COMMAND",
    help="Many databases or schemas, one `URL` or `NAME URL`, with `schema=NAME` for one schema, to a line.",
)
JOBS = typer.Option("--jobs", metavar="N", help="With --targets: so many at a time; default 4.")


def looked_at(run: Run, source: str, *, command: str, deep: bool, jobs: int | None) -> Result:
    """What differs in which of many databases; exit 1 for differences, 3 where one could not be looked at."""
    from todo_db.workflows.fleet_drift import look

    if run.options.url:
        raise UsageError("--targets goes without --url")
    return shown(run, look(run.workspace(), source, command=command, deep=deep, jobs=jobs))
