"""`todo-db init`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from todo_db.cli import output
from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.cli.shown import shown
from todo_db.report.escape import visible

app = typer.Typer(**GROUP)


@app.command("init")
@command
def init(
    run: Run,
    *,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models", metavar="MODULE", help="The module that defines the tables; may be repeated."
        ),
    ] = None,
    migrations: Annotated[
        Path | None, typer.Option("--migrations", metavar="DIR", help="The Alembic folder.")
    ] = None,
    ci: Annotated[bool, typer.Option("--ci/--no-ci", help="Write a GitHub Actions workflow.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
) -> Result:
    """Start in an existing SQLModel project: find what it has, and write what it lacks.

    Settings go into pyproject.toml; an Alembic environment and a CI workflow are made where there is none.
    Models are found in the text and not imported, the values in .env stay unread. It can be run again.
    """
    from todo_db.workflows.init import Answers
    from todo_db.workflows.init import init as work

    def confirm(question: str) -> bool:
        return yes or not run.interactive or run.confirm(question, instead="--yes")

    def choose(question: str, options: Sequence[str]) -> str | None:
        listed = "".join(f"\n  {n} {visible(text)}" for n, text in enumerate(options, 1))
        output.emit(sys.stderr, f"{question}{listed}\n[1-{len(options)}] ")
        answer = sys.stdin.readline().strip()
        return options[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(options) else None

    asked = choose if run.interactive and not yes else None
    answers = Answers(tuple(models or ()), migrations, ci, asked, confirm)
    return shown(run, work(run.settings, answers, run.say, dry_run=dry_run))
