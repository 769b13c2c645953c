"""`todo-db check-spec`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Report

app = typer.Typer(**GROUP)


@app.command("check-spec")
@command
def check_spec(
    run: Run,
    spec: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SPEC]...", help="Files or folders; without any, those of [tool.todo-db]."),
    ] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option("--answers", metavar="FILE", help="Answers to the spec's questions (YAML)."),
    ] = None,
) -> Report:
    """The spec is complete and clear, and the models are what it says.

    Reads documents and models; no live database is touched.
    """
    from todo_db.workflows.check_spec import check

    return check(run.workspace(spec=spec or (), answers=answers or ()))
