"""`todo-db migrate` and what belongs to it: new, status, down, lint, test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from todo_db.cli import fleet, migrate_history, output
from todo_db.cli.common import GROUP, Result, Run, command
from todo_db.cli.shown import shown
from todo_db.errors import Exit, UsageError

if TYPE_CHECKING:
    from todo_db.workflows.outcome import Outcome

app = typer.Typer(**GROUP)

_AllowDrift = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-drift", metavar="NAME", help="Go on although this object is not what the stamp says."
    ),
]
_Terminate = Annotated[
    bool, typer.Option("--terminate-blockers", help="End sessions that keep a revision from its locks.")
]


@command
def _migrate(
    run: Run,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")
    ] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the pending revisions as an SQL script.")] = False,
    to: Annotated[str | None, typer.Option("--to", metavar="REV", help="Go no further than REV.")] = None,
    proof: Annotated[
        bool, typer.Option("--proof/--no-proof", help="Run the revisions on scratch first.")
    ] = True,
    save_plan: Annotated[
        Path | None,
        typer.Option("--save-plan", metavar="FILE", help="With --dry-run: write the plan, for --plan."),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Apply exactly this plan, if it still holds."),
    ] = None,
    allow_drift: _AllowDrift = None,
    terminate_blockers: _Terminate = False,
    targets: Annotated[str | None, fleet.TARGETS] = None,
    jobs: Annotated[int | None, fleet.JOBS] = None,
    first: Annotated[
        int | None,
        typer.Option(
            "--first", metavar="N", help="With --targets: these first, the rest only if they succeed."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="With --targets: leave out what an earlier run has done.")
    ] = False,
) -> Result:
    """Apply the pending revisions: one run at a time, proven on scratch before, verified after.

    A database that is not what its own stamp says is refused, and so is a plan that no longer holds.
    Exit codes: 0 applied, or nothing to do; 3 the database cannot be reached; 4 refused or failed, and what
    state the database was left in is said.
    """
    _must_fit(dry_run=dry_run, sql=sql, to=to, save_plan=save_plan, plan=plan, allow_drift=allow_drift)
    output.check_target(save_plan, "--save-plan")
    if targets is None and (jobs is not None or first is not None or resume):
        raise UsageError("--jobs, --first and --resume need --targets")
    if targets is not None:
        if dry_run or sql or plan or run.options.url:
            raise UsageError("--targets goes without --dry-run, --sql, --plan and --url")
        options = {
            "to": to,
            "prove": proof,
            "allow_drift": allow_drift or [],
            "terminate": terminate_blockers,
        }
        return fleet.migrated(run, targets, options, jobs=jobs, first=first, resume=resume)
    ws = run.workspace()
    if dry_run:
        from todo_db.workflows.migrate_plan import plan as look

        return _planned(run, look(ws, to=to, allow_drift=allow_drift or ()), save_plan)
    if sql:
        from todo_db.workflows.migrate_plan import script

        return shown(run, script(ws, to=to))
    from todo_db.workflows.migrate import migrate

    terminate = terminate_blockers
    return shown(
        run,
        migrate(ws, to=to, prove=proof, allow_drift=allow_drift or (), terminate=terminate, plan=plan),
    )


def _must_fit(
    *,
    dry_run: bool,
    sql: bool,
    to: str | None,
    save_plan: Path | None,
    plan: Path | None,
    allow_drift: list[str] | None,
) -> None:
    """Raises UsageError for options that do not go together."""
    if dry_run and sql:
        raise UsageError("--dry-run and --sql exclude each other")
    if save_plan is not None and not dry_run:
        raise UsageError("--save-plan needs --dry-run")
    if plan is not None and (dry_run or sql or to or allow_drift):
        raise UsageError(
            "--plan goes without --dry-run, --sql, --to and --allow-drift: the plan says all of that"
        )


def _planned(run: Run, outcome: Outcome, file: Path | None) -> Result:
    """A plan is shown as it is, also where there is drift; to a file it goes as JSON."""
    from todo_db.report import Document, Look, render

    code = outcome.report.exit_code(run.options.severity)
    if file is not None:
        if "state" not in outcome.report.extra:
            run.say("nothing is pending, so that no plan was written")
        else:
            output.write(render("json", outcome.report, code, Look()), file)
            run.say(f"the plan was written to {file}")
    if run.options.format != "text":
        return outcome.report
    return Document(outcome.text, exit_code=Exit.CLEAN if run.options.exit_zero else code)


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
def new(  # noqa: PLR0917 - Typer's options
    run: Run,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What the revision is for.")
    ],
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="data-loss[=REASON]",
            help="Write it although data is thrown away; lint accepts it for the reason.",
        ),
    ] = None,
    simple: Annotated[
        bool,
        typer.Option("--simple", help="One revision in the plain form, for a database that nobody uses yet."),
    ] = False,
    backfill: Annotated[
        list[str] | None,
        typer.Option(
            "--backfill", metavar="TABLE.COLUMN=SQL", help="What the rows that are there get in a column."
        ),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="OLD:NEW",
            help="It is the same: a table, TABLE.COLUMN, a constraint, an index or a type.",
        ),
    ] = None,
) -> Result:
    """Write the next revisions from the difference between the migrations and what models and spec state.

    They have the form that does not stop a running service: what has to be committed by itself (an index made
    CONCURRENTLY, the validation of a foreign key, rows filled in batches) is a revision of its own. All are
    proven on scratch (up, down, up) before they are written. Where spec and models disagree nothing is.
    """
    from todo_db.workflows.migrate_new import DATA_LOSS
    from todo_db.workflows.migrate_new import new as work

    allowed = [word.partition("=") for word in allow or ()]
    for word, _, _ in allowed:
        if word != DATA_LOSS:
            raise UsageError(
                f"there is nothing to allow that is called {word!r}", hint=f"--allow {DATA_LOSS}"
            )
    filled = _pairs(backfill, "=", "--backfill 'tasks.slug=lower(title)'")
    moved = _pairs(rename, ":", "--rename tasks.titel:title")
    return shown(
        run,
        work(
            run.workspace(),
            message,
            allow=[word for word, _, _ in allowed],
            reason=" ".join(reason for _, _, reason in allowed),
            simple=simple,
            backfill=filled,
            rename=moved,
        ),
    )


def _pairs(texts: list[str] | None, sign: str, example: str) -> dict[str, str]:
    """'a=b' → {'a': 'b'}. Raises UsageError for a text without the sign."""
    found = {}
    for text in texts or ():
        name, there, value = text.partition(sign)
        if not there or not name.strip() or not value.strip():
            raise UsageError(f"{text!r} says nothing about two things", hint=example)
        found[name.strip()] = value.strip()
    return found


@app.command("status")
@command
def status(
    run: Run,
    targets: Annotated[str | None, fleet.TARGETS] = None,
    jobs: Annotated[int | None, fleet.JOBS] = None,
) -> Result:
    """Which revision the database is at; pending, unknown and edited revisions are findings."""
    if targets is not None:
        return fleet.looked_at(run, targets, command="migrate status", deep=False, jobs=jobs)
    if jobs is not None:
        raise UsageError("--jobs needs --targets")
    from todo_db.workflows.migrate_status import status as work

    return shown(run, work(run.workspace()))


@app.command("down", context_settings={**GROUP["context_settings"], "ignore_unknown_options": True})
@command
def down(
    run: Run,
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="Where to: an id, 'base', or -1 for one back.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    allow_drift: _AllowDrift = None,
    terminate_blockers: _Terminate = False,
) -> Result:
    """Take back all that was applied after REV. What data that throws away is counted and said before."""
    from todo_db.workflows.migrate_down import down as work

    def confirm(question: str) -> bool:
        return yes or run.confirm(question, instead="--yes")

    allowed, terminate = allow_drift or (), terminate_blockers
    return shown(run, work(run.workspace(), revision, confirm, allow_drift=allowed, terminate=terminate))


@app.command("lint")
@command
def lint(
    run: Run,
    revisions: Annotated[
        str | None,
        typer.Argument(metavar="[RANGE]", help="REV or A:B; without it what live lacks, else all."),
    ] = None,
    live: Annotated[
        bool | None,
        typer.Option("--live/--no-live", help="Read live's sizes and data; default: where one is named."),
    ] = None,
) -> Result:
    """What each revision does to a running system: locks, rewrites, scans and lost data, measured on scratch.

    A hazard is accepted in the revision, with a reason: `# todo-db: allow CODE reason`.
    """
    from todo_db.workflows.migrate_lint import lint as work

    return shown(run, work(run.workspace(), revisions, live=live))


@app.command("test")
@command
def test(run: Run) -> Result:
    """Run every revision up, down and up again on scratch; a downgrade has to leave no trace."""
    from todo_db.workflows.migrate_test import test as work

    return shown(run, work(run.workspace()))


migrate_history.add_to(app)
