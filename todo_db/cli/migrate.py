"""`todo-db migrate` and what belongs to it: new, status, down, test."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.errors import UsageError

app = typer.Typer(**GROUP)


def _shown(run: Run, outcome: object) -> Result:
    """For people the text, unless there are findings; for machines always the report."""
    from todo_db.report import Document
    from todo_db.workflows.outcome import Outcome

    assert isinstance(outcome, Outcome)  # noqa: S101
    found = outcome.report.findings or outcome.report.unknown
    if run.options.format == "text" and outcome.text and not found:
        return Document(outcome.text)
    return outcome.report


@command
def _migrate(
    run: Run,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")
    ] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the pending revisions as an SQL script.")] = False,
    to: Annotated[str | None, typer.Option("--to", metavar="REV", help="Go no further than REV.")] = None,
    proof: Annotated[
        bool, typer.Option("--proof/--no-proof", help="Run the revisions on scratch first.")
    ] = True,
) -> Result:
    """Apply the pending revisions: one run at a time, proven on scratch before, verified after.

    Exit codes: 0 applied, or nothing to do; 3 the database cannot be reached; 4 refused or failed, and what
    state the database was left in is said.
    """
    if dry_run and sql:
        raise UsageError("--dry-run and --sql exclude each other")
    ws = run.workspace()
    if dry_run or sql:
        from todo_db.workflows import migrate_plan

        return _shown(run, migrate_plan.plan(ws, to=to) if dry_run else migrate_plan.script(ws, to=to))
    from todo_db.workflows.migrate import migrate

    return _shown(run, migrate(ws, to=to, prove=proof))


def _group(**values: Any) -> None:
    """Run `migrate` itself, unless a subcommand was named; then the options belong behind that."""
    context: typer.Context = values["context"]
    if context.invoked_subcommand is None:
        _migrate(**values)
        return
    given = [n for n in values if n != "context" and _is_given(context, n)]
    if given:
        flag = f"--{given[0].replace('_', '-')}"
        raise typer.BadParameter(
            f"{flag} belongs behind the subcommand: migrate {context.invoked_subcommand} {flag}"
        )


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _callback() -> None:
    """Typer reads a callback's options off its signature."""
    group: Any = _group
    like: Any = _migrate
    group.__signature__, group.__annotations__ = like.__signature__, like.__annotations__
    group.__doc__ = like.__doc__
    app.callback(invoke_without_command=True)(group)


_callback()


@app.command("new")
@command
def new(
    run: Run,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What the revision is for.")
    ],
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="data-loss", help="Write it although data is thrown away."),
    ] = None,
    simple: Annotated[
        bool,
        typer.Option("--simple", help="One revision in the plain form, for a database that nobody uses yet."),
    ] = False,
) -> Result:
    """Write the next revisions from the difference between the migrations and what models and spec state.

    They have the form that does not stop a running service: what has to be committed by itself (an index made
    CONCURRENTLY, the validation of a foreign key, rows filled in batches) is a revision of its own. All are
    proven on scratch (up, down, up) before they are written. Where spec and models disagree nothing is.
    """
    from todo_db.workflows.migrate_new import DATA_LOSS
    from todo_db.workflows.migrate_new import new as work

    for word in allow or ():
        if word != DATA_LOSS:
            raise UsageError(
                f"there is nothing to allow that is called {word!r}", hint=f"--allow {DATA_LOSS}"
            )
    return _shown(run, work(run.workspace(), message, allow=allow or (), simple=simple))


@app.command("status")
@command
def status(run: Run) -> Result:
    """Which revision the database is at; pending, unknown and edited revisions are findings."""
    from todo_db.workflows.migrate_status import status as work

    return _shown(run, work(run.workspace()))


@app.command("down", context_settings={**GROUP["context_settings"], "ignore_unknown_options": True})
@command
def down(
    run: Run,
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="Where to: an id, 'base', or -1 for one back.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Result:
    """Take back all that was applied after REV. What data that throws away is said before it is done."""
    from todo_db.workflows.migrate_down import down as work

    def confirm(question: str) -> bool:
        return yes or run.confirm(question, instead="--yes")

    return _shown(run, work(run.workspace(), revision, confirm))


@app.command("test")
@command
def test(run: Run) -> Result:
    """Run every revision up, down and up again on scratch; a downgrade has to leave no trace."""
    from todo_db.workflows.migrate_test import test as work

    return _shown(run, work(run.workspace()))
