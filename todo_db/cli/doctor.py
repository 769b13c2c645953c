"""`todo-db doctor`."""

from __future__ import annotations

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Report

app = typer.Typer(**GROUP)


@app.command("doctor")
@command
def doctor(run: Run) -> Report:
    """Which database, server and settings were found, and which were chosen, and why."""
    from todo_db.workflows.doctor import examine

    return examine(run.workspace())
