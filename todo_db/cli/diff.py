"""`todo-db diff A B`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.cli.options import SIDE

app = typer.Typer(**GROUP)


@app.command("diff")
@command
def diff(
    run: Run,
    a: Annotated[str, typer.Argument(metavar="A", help=f"A side: {SIDE}")],
    b: Annotated[str, typer.Argument(metavar="B", help="The side that A is held against.")],
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements that turn A into B.")] = False,
) -> Result:
    """Any two sides of a schema, held against each other."""
    from todo_db.workflows import diff as work

    if sql:
        return work.diff_sql(run.workspace(), a, b)
    return work.diff(run.workspace(), a, b)
