"""`todo-db check-queries PATH…`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Report

app = typer.Typer(**GROUP)


@app.command("check-queries")
@command
def check_queries(
    run: Run,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files or folders of application code.")
    ],
) -> Report:
    """Read application code for queries that reach other users' rows; nothing is run.

    A finding is accepted by `# todo-db: ignore[CODE] reason` on its line or above.
    """
    from todo_db.workflows.check_queries import check

    return check(run.workspace(), paths)
