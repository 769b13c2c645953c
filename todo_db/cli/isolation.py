"""`todo-db isolation`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Report

app = typer.Typer(**GROUP)


@app.command("isolation")
@command
def isolation(
    run: Run,
    role: Annotated[
        str | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="The role that the application connects as (default: app_role of the settings, else app).",
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Try on the live database, in a transaction that is rolled back."),
    ] = False,
) -> Report:
    """Prove that no user reaches another user's rows.

    Rows of two users are made in every table, on scratch, and each operation is tried as the application's
    role; what crosses is shown with the statement that got it.
    """
    from todo_db.workflows.isolation import isolation as work

    return work(run.workspace(), role=role, live=live)
