"""`todo-db drift`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli import fleet
from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.errors import UsageError

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
    targets: Annotated[str | None, fleet.TARGETS] = None,
    jobs: Annotated[int | None, fleet.JOBS] = None,
) -> Result:
    """Spec, models, migrations and the live database side by side; the odd one out is named.

    Live is read only: one read-only transaction, no lock beyond what reading the catalog takes. With
    --targets each database is held against what its own stamp says, and equal differences are told once.
    """
    if targets is not None:
        if since is not None:
            raise UsageError("--targets goes without --since")
        return fleet.looked_at(run, targets, command="drift", deep=True, jobs=jobs)
    if jobs is not None:
        raise UsageError("--jobs needs --targets")
    from todo_db.workflows.drift import drift as work

    return work(run.workspace(), diagram=run.options.format == "html", since=since)
