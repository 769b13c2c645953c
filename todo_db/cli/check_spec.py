"""`todo-db check-spec`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from todo_db.cli import output
from todo_db.cli.common import GROUP, Run, command
from todo_db.findings import Report
from todo_db.report import Document

app = typer.Typer(**GROUP)


@app.command("check-spec")
@command
def check_spec(  # noqa: PLR0917 - one per option
    run: Run,
    spec: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SPEC]...", help="Files or folders; without any, those of [tool.todo-db]."),
    ] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option("--answers", metavar="FILE", help="Answers to the spec's questions (YAML)."),
    ] = None,
    checklist: Annotated[
        bool,
        typer.Option("--checklist", help="Each table's columns, indexes and constraints, ticked or not."),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Write the spec in its tidy form, with the open questions in place."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would write, and write nothing.")
    ] = False,
) -> Report | Document:
    """The spec is complete and clear, and the models are what it says.

    Reads documents and models; no live database is touched. With --fix each table is written as a table of
    columns where it is described; nothing else is lost, which is proven by reading the new text first.
    """
    from todo_db.workflows.check_spec import check

    if fix or diff:
        from todo_db.workflows.fix_spec import as_diff, fixes

        changes = fixes(run.workspace(spec=spec or (), answers=answers or ()))
        if diff:
            return as_diff(changes)
        for change in changes:
            if change.new != change.old:
                output.write(change.new, change.path)
            for told in change.told:
                run.say(told)
    report = check(run.workspace(spec=spec or (), answers=answers or ()), as_list=checklist)
    for part in report.extra["passed_over"]:
        run.detail(f"passed over: {part['path']}:{part['line']}: {part['title']!r} is {part['reason']}")
    return report
