"""`todo-db drift`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Report

app = typer.Typer(**GROUP)


@app.command("drift")
@command
def drift(
    run: Run,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="REV|DATE|FILE",
            help="Only what is new: since a revision, a date, a commit, or an earlier JSON report.",
        ),
    ] = None,
) -> Report:
    """Spec, models, migrations and the live database side by side; the odd one out is named.

    Live is read only: one read-only transaction, no lock beyond what reading the catalog takes.
    """
    from todo_db.workflows.drift import drift as work

    return work(run.workspace(), diagram=run.options.format == "html", since=since)
