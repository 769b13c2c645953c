"""`todo-db inspect SIDE`."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.cli.options import SIDE, choice
from todo_db.report import Document

app = typer.Typer(**GROUP)

_FORMATS = ("yaml", "json", "sql", "markdown", "mermaid", "html", "answers")


@app.command("inspect")
@command
def inspect(
    run: Run,
    side: Annotated[
        str, typer.Argument(metavar="SIDE", help=f"{SIDE} Or schema-of-spec: the JSON Schema of YAML specs.")
    ],
    format: Annotated[str, choice("--format", *_FORMATS, text="How the side is written.")] = "yaml",
) -> Document:
    """A side as YAML, Markdown, SQL, JSON, Mermaid or HTML; what the format cannot say is told on stderr.

    --format answers: the spec's open questions, as a file of answers to be filled in.
    """
    from todo_db.workflows.inspect import inspect as work

    return work(run.workspace(), side, format)
