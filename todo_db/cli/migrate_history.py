"""`todo-db migrate merge`, `rebase` and `squash`: the history itself is put into another shape."""

from __future__ import annotations

from typing import Annotated

import typer

from todo_db.cli.common import Result, Run, command
from todo_db.cli.shown import shown
from todo_db.errors import UsageError


@command
def merge(
    run: Run,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="TEXT", help="What the revision says.")
    ] = None,
) -> Result:
    """Join several heads by a revision, if the branches build the same in every order on scratch.

    Where they do not, what depends on the order is shown and nothing is written.
    """
    from todo_db.workflows.migrate_merge import merge as work

    return shown(run, work(run.workspace(), message))


@command
def rebase(
    run: Run,
    revision: Annotated[
        str | None, typer.Argument(metavar="[REV]", help="A revision of the branch to be moved.")
    ] = None,
) -> Result:
    """Let one of two branches follow the other: the one that live does not have, or that which holds REV.

    It is run in its new place on scratch first. What live has applied is never moved (exit 4).
    """
    from todo_db.workflows.migrate_rebase import rebase as work

    return shown(run, work(run.workspace(), revision))


@command
def squash(
    run: Run,
    revisions: Annotated[
        str, typer.Argument(metavar="[A:B]", help="What comes after A, up to B; without it everything.")
    ] = "base:head",
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="TEXT", help="What the revision says.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="data-loss", help="Although rows that the old ones made are lost."),
    ] = None,
) -> Result:
    """Make one revision of many: proven to build exactly the same, with the id of the last of them.

    A database that has B or a later revision needs nothing. The old files are kept beside `versions`.
    """
    from todo_db.workflows.migrate_new import DATA_LOSS
    from todo_db.workflows.migrate_squash import squash as work

    if unknown := [word for word in allow or () if word != DATA_LOSS]:
        raise UsageError(
            f"there is nothing to allow that is called {unknown[0]!r}", hint=f"--allow {DATA_LOSS}"
        )
    return shown(run, work(run.workspace(), revisions, message, lossy=bool(allow)))


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of `migrate`."""
    for function in (merge, rebase, squash):
        app.command(function.__name__)(function)
