"""`todo-db adopt`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.cli.shown import shown

app = typer.Typer(**GROUP)


@app.command("adopt")
@command
def adopt(
    run: Run,
    revision: Annotated[
        str | None,
        typer.Option("--revision", metavar="REV", help="Stamp this one, if the database is it."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
) -> Result:
    """Take over a database that create_all or hand-made SQL built, or whose stamp is wrong.

    The revision that it equals is found, and stamped. Without any revision the first one is written from the
    database, proven to build exactly that, and stamped. A database that equals none is shown beside the
    nearest revision (exit 1), and nothing is written.
    """
    from todo_db.workflows.adopt import adopt as work

    def confirm(question: str) -> bool:
        return yes or run.confirm(question, instead="--yes")

    return shown(run, work(run.workspace(), confirm=confirm, revision=revision))
