"""`todo-db explain CODE`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.cli.options import choice
from todo_db.report import Document

app = typer.Typer(**GROUP)


@app.command("explain")
@command
def explain(
    run: Run,
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A code (TD203) or a rule's name (column-type).")
    ] = None,
    format: Annotated[str, choice("--format", "text", "json", text="How it is written.")] = "text",
) -> Document:
    """What a finding means, why it matters and how to mend it; without a code, the list of all."""
    from todo_db.workflows.explain import explain as work

    return work(code, format)
