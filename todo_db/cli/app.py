"""The commands of `todo-db`: what there is, and where; each one's file is imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command as build

from todo_db.cli.common import GROUP
from todo_db.cli.quick import quicken
from todo_db.cli.tell import tell_failure
from todo_db.errors import Exit, UsageError
from todo_db.masking import secrets_in, secrets_of

# Command → (module with an `app`, what it does). In the order in which a newcomer meets them.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("todo_db.cli.init", "Start in an existing SQLModel project; nothing is overwritten."),
    "check-spec": (
        "todo_db.cli.check_spec",
        "The spec is complete and clear, and the models are what it says.",
    ),
    "migrate": ("todo_db.cli.migrate", "Write, prove, apply and take back revisions."),
    "adopt": ("todo_db.cli.adopt", "Take over a database that something else built, or stamped wrongly."),
    "drift": ("todo_db.cli.drift", "Spec, models, migrations and the live database, side by side."),
    "diff": ("todo_db.cli.diff", "Any two sides; --sql prints what turns the one into the other."),
    "inspect": ("todo_db.cli.inspect", "A side as YAML, Markdown, SQL or JSON."),
    "models": (
        "todo_db.cli.models",
        "The spec as SQLModel classes, held to the spec before they are written.",
    ),
    "isolation": ("todo_db.cli.isolation", "Prove that no user reaches another user's rows."),
    "check-queries": ("todo_db.cli.check_queries", "Application code that reaches other users' rows."),
    "doctor": (
        "todo_db.cli.doctor",
        "Which database, server and settings were found, and which were chosen.",
    ),
    "explain": ("todo_db.cli.explain", "What a finding's code means, and how to mend it."),
}


class Commands(TyperGroup):
    """A group that knows its commands by name and loads the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self.commands:
            module, summary = COMMANDS[cmd_name]
            loaded = build(import_module(module).app)
            loaded.name, loaded.short_help = cmd_name, summary
            self.commands[cmd_name] = quicken(loaded, ctx)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            hint = f"did you mean {close[0]!r}?" if close else "see `todo-db --help`"
            raise UsageError(f"there is no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        quicken(self, ctx)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of `--help`, from the table: nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit with its code; a failure outside a command is told as one inside is."""
        words = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(words, prog_name or "todo-db", complete_var, standalone_mode=False, **extra)
        except Exception as error:
            code = _fail(words, error)
        if standalone_mode:
            sys.exit(int(code or 0))
        return code


def _fail(words: Sequence[str], error: Exception) -> int:
    """A call that did not get as far as its command: unknown options and the like."""
    name = next((w for w in words if w in COMMANDS), "")
    if isinstance(error, typer.TyperException):
        error = UsageError(error.format_message(), hint=f"see `{' '.join(('todo-db', name)).strip()} --help`")
    secrets = secrets_of(os.environ) | secrets_in(words)
    return tell_failure(name, error, secrets, json=_wants_json(words))


def _wants_json(words: Sequence[str]) -> bool:
    return "--format=json" in words or ("--format", "json") in pairwise(words)


app = typer.Typer(name="todo-db", cls=Commands, **{**GROUP, "add_completion": True})


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"todo-db {version('todo-db')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def todo_db(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold spec, SQLModel models, Alembic migrations and a live PostgreSQL to one another.

    Exit codes: 0 clean, 1 findings, 2 usage, 3 could not determine, 4 not applied, 70 a bug, 130 interrupted.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(Exit.USAGE)


def main() -> NoReturn:
    """The entry point of `todo-db` and of `python -m todo_db`."""
    build(app)()
    raise AssertionError("the command ends the process")
