"""Where results go: stdout, a file that is replaced at once, and the places that GitHub Actions reads."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from todo_db.errors import Exit, UsageError
from todo_db.files import write_whole
from todo_db.findings import Report
from todo_db.report import Look, render

_SUMMARY_LIMIT = 1_000_000  # GitHub drops a step's summary over 1 MiB


def check_target(path: Path | None, option: str = "--output") -> None:
    """Fail before the work is done where its result could not be written. Raises UsageError."""
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{option} names a folder", where=str(path))
    if not path.parent.is_dir():
        raise UsageError(f"the folder of {option} does not exist", where=str(path.parent))


def write(text: str, path: Path | None) -> None:
    """Write a result to stdout, or to `path` in one step: readers see the old file or the whole new one."""
    text = text if text.endswith("\n") or not text else text + "\n"
    if path is None:
        emit(sys.stdout, text)
        return
    target = path.resolve()
    if target.exists() and not target.is_file():  # /dev/stdout, a pipe
        target.write_text(text, encoding="utf-8")
        return
    write_whole(target, text)


def emit(stream: TextIO, text: str) -> None:
    """Write and flush; a reader who has gone away (`| head`) is no error."""
    try:
        _tolerate(stream)
        stream.write(text)
        stream.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):  # EIO: the terminal was closed
            raise
        # Python flushes again at exit: give it something that takes it.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _tolerate(stream: TextIO) -> None:
    """Let a terminal of another encoding show escapes instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


# ---- terminals ---------------------------------------------------------------------------------


def look_for(stream: TextIO, color: str, environ: Mapping[str, str], *, to_file: bool) -> Look:
    """How a report is to look there: --color first, then NO_COLOR and FORCE_COLOR, then the terminal."""
    import shutil

    terminal = stream.isatty() and environ.get("TERM") != "dumb"
    wanted = bool(environ.get("FORCE_COLOR")) or terminal
    painted = color == "always" or (color == "auto" and wanted and not environ.get("NO_COLOR"))
    width = shutil.get_terminal_size((80, 24)).columns
    return Look(color=painted and not to_file, width=min(max(width, 40), 120), prefix="")


# ---- GitHub Actions ----------------------------------------------------------------------------


def on_github(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS") == "true"


def prefix_in_repository(root: Path, environ: Mapping[str, str]) -> str:
    """What leads from the checkout's root to the project: 'backend/', or '' where they are the same."""
    workspace = environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    try:
        inner = root.resolve().relative_to(Path(workspace).resolve()).as_posix()
    except ValueError:
        return ""
    return "" if inner == "." else f"{inner}/"


def tell_github(
    report: Report, exit_code: Exit, look: Look, format_name: str, environ: Mapping[str, str]
) -> None:
    """Annotations, on stderr, which the runner reads as well (stdout stays what was asked for); summary."""
    if format_name != "github" and report.findings:
        emit(sys.stderr, render("github", report, exit_code, look) + "\n")
    summary = environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        text = render("markdown", report, exit_code, look).encode()[:_SUMMARY_LIMIT].decode(errors="ignore")
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text + "\n")
