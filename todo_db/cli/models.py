"""`todo-db models`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from todo_db.cli.common import GROUP, Run, command
from todo_db.cli.options import choice
from todo_db.errors import UsageError
from todo_db.findings import Report
from todo_db.report import Document

app = typer.Typer(**GROUP)


@app.command("models")
@command
def models(  # noqa: PLR0917 - typer calls it by keywords
    run: Run,
    spec: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SPEC]...", help="Spec files or folders; default: the project's."),
    ] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option("--answers", metavar="FILE", help="Answers to the spec's questions (YAML)."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="PATH",
            help="A folder, a .py file, or - for stdout; default: the module that the settings name.",
        ),
    ] = None,
    layout: Annotated[
        str, choice("--layout", "auto", "package", "file", text="A module for each table, or one file.")
    ] = "auto",
    schemas: Annotated[
        bool, typer.Option("--schemas", help="Also the create, update and read models beside each table.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 where files are out of date.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change, as a patch.")
    ] = False,
) -> Report | Document:
    """The spec as SQLModel classes, held to the spec before a file is written.

    A file that a person has changed is left alone: what the spec says is shown as a patch, with exit code 1.
    A spec with open questions gives these, and nothing is written.
    """
    from todo_db.workflows.models import target, write

    if check and diff:
        raise UsageError("--check and --diff exclude each other")
    workspace = run.workspace(spec=spec or (), answers=answers or ())
    shown = str(to) == "-"
    wanted = None if layout == "auto" else layout
    if shown and (check or diff or wanted == "package"):
        raise UsageError("--to - prints one file: it goes with none of --check, --diff, --layout package")
    where = target(workspace, Path("models.py") if shown else to, wanted)  # type: ignore[arg-type]
    mode = "print" if shown else "check" if check else "diff" if diff else "write"
    return write(workspace, where, mode=mode, schemas=schemas)  # type: ignore[arg-type]
