"""What every command does around its workflow: options, workspace, report, errors, exit code.

A command is a function that takes a `Run` and its own options, and returns what it found:

    app = typer.Typer(**GROUP)

    @app.command("drift")
    @command
    def drift(run: Run) -> Report:
        \"\"\"The help text.\"\"\"
        from todo_db.workflows.drift import drift as work   # late: `--help` must not pay for it
        return work(run.workspace())
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self, get_type_hints

import typer

from todo_db.cli import output
from todo_db.cli.options import Options, parameters
from todo_db.cli.tell import tell_failure, tell_report
from todo_db.errors import Exit, UsageError
from todo_db.findings import Report
from todo_db.masking import mask_all, secrets_in, secrets_of
from todo_db.report import Document
from todo_db.report.escape import visible
from todo_db.report.redact import redacted

if TYPE_CHECKING:
    from todo_db.settings import Settings
    from todo_db.sources.workspace import Workspace

# How each command file makes its Typer: plain help, which costs no start-up time, and no tracebacks.
GROUP: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}

Result = Report | Document | None


class Run:
    """One call of one command: what was asked for, and the way to stderr."""

    def __init__(self, context: typer.Context, options: Options, words: Iterable[str] = ()) -> None:
        self.context = context
        self.options = options
        self.environ = os.environ
        self.secrets = secrets_of(os.environ) | secrets_in([*words, *_dotenv(options.project)])
        self.started = perf_counter()
        self._stack = ExitStack()
        self._settings: Settings | None = None

    @property
    def name(self) -> str:
        """The command as it was called, without the program: 'migrate status'."""
        return self.context.command_path.partition(" ")[2]

    @property
    def settings(self) -> Settings:
        """The project's settings. Raises UsageError."""
        if self._settings is None:
            from todo_db.settings import load

            folder = self.options.project
            if folder is not None and not folder.is_dir():
                raise UsageError("--project names no folder", where=str(folder))
            self._settings = load(folder)
        return self._settings

    def workspace(self, spec: Iterable[Path] = (), answers: Iterable[Path] = ()) -> Workspace:
        """The project, opened; it is closed when the command ends."""
        import logging

        from todo_db.sources.workspace import Workspace

        if not self.options.verbose:  # drivers log what is told as an error anyway
            logging.getLogger().addHandler(logging.NullHandler())
        workspace = Workspace(
            self.settings,
            url=self.options.url,
            spec=tuple(spec),
            answers=tuple(answers),
            environ=self.environ,
            say=self.say,
        )
        return self._stack.enter_context(workspace)

    def say(self, text: str) -> None:
        """Tell people what is going on: stderr, one line, not with --quiet."""
        if not self.options.quiet:
            output.emit(sys.stderr, visible(mask_all(text, self.secrets)) + "\n")

    def detail(self, text: str) -> None:
        """As `say`, with --verbose only."""
        if self.options.verbose:
            self.say(text)

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def confirm(self, question: str, *, instead: str) -> bool:
        """Ask on a terminal. Raises UsageError, whose hint is the option `instead`, where there is none."""
        if not self.interactive:
            raise UsageError(f"{question} Nobody is there to answer.", hint=f"say it with {instead}")
        output.emit(sys.stderr, f"{visible(mask_all(question, self.secrets))} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._stack.__exit__(*failure)


def command(body: Callable[..., Result]) -> Callable[..., None]:
    """Make a function of (run, its own options) a Typer command with shared options and error handler.

    The function returns a Report, a Document, or None when it has nothing to say. A parameter of its own
    that is named like a shared option takes that option's place (`inspect` has other formats).
    """
    hints = get_type_hints(body, include_extras=True)
    _run, *own = inspect.signature(body).parameters.values()
    own = [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    names = frozenset(p.name for p in own)
    left_out = names | (_OF_REPORTS if hints.get("return") is Document else frozenset())

    def run_command(**values: Any) -> None:
        context = values.pop("context")
        raise typer.Exit(_call(body, names, context, values))

    listed = [_CONTEXT, *own, *(p for p in parameters() if p.name not in left_out)]
    wrapper: Any = run_command
    wrapper.__name__, wrapper.__doc__ = body.__name__, body.__doc__
    wrapper.__signature__ = inspect.Signature(listed)
    wrapper.__annotations__ = {p.name: p.annotation for p in listed}
    return run_command


_OF_REPORTS = frozenset({"exit_zero", "fail_on"})  # options that mean nothing where no findings come out
_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def _call(
    body: Callable[..., Result], own: frozenset[str], context: typer.Context, values: dict[str, Any]
) -> int:
    """Run a command's body and tell what came of it; returns the exit code."""
    options = Options(**{f.name: values[f.name] for f in fields(Options) if f.name in values})
    run = Run(context, options, words=_words(values.values()))
    try:
        output.check_target(options.output)
        with run:
            result = body(run, **{name: values[name] for name in own})
        return _present(run, result)
    except (typer.Exit, typer.TyperException):
        raise
    except KeyboardInterrupt:
        output.emit(sys.stderr, f"todo-db {run.name}: interrupted\n")
        return Exit.INTERRUPTED
    except Exception as error:
        file = options.output if options.format == "json" else None
        return tell_failure(run.name, error, run.secrets, json=options.format == "json", file=file)


def _dotenv(project: Path | None) -> list[str]:
    """The lines of the project's .env, which may hold the URL of the database."""
    try:
        return ((project or Path()) / ".env").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _words(values: Iterable[Any]) -> list[str]:
    """Every text on the command line: any of them may be a URL."""
    return [str(w) for value in values for w in (value if isinstance(value, list | tuple) else [value])]


def _present(run: Run, result: Result) -> int:
    """Write a result where it belongs; returns the exit code."""
    if isinstance(result, Document):
        for note in result.notes:
            run.say(f"note: {note}")
        output.write(result.text, run.options.output)
        return result.exit_code
    return Exit.CLEAN if result is None else _present_report(run, result)


def _present_report(run: Run, report: Report) -> int:
    options = run.options
    code = report.exit_code(options.severity)
    if code is Exit.FINDINGS and options.exit_zero:
        code = Exit.CLEAN
    tell_report(
        redacted(report, run.secrets),
        code,
        options,
        output.prefix_in_repository(run.settings.root, run.environ),
    )
    if options.output is not None:
        run.say(f"{len(report.findings)} findings, written to {options.output}")
    run.detail(f"{perf_counter() - run.started:.2f} s")
    return code
