"""The one place where exceptions become a message on stderr and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping

from todo_db.errors import Exit, TodoDbError, UndeterminedError
from todo_db.masking import mask_all
from todo_db.report.escape import visible, wrap

DEBUG = "TODO_DB_DEBUG"


class BugError(TodoDbError):
    """Something that should not have happened."""

    exit_code = Exit.BUG


def explained(error: Exception) -> TodoDbError:
    """The error as one that can be told to a user."""
    if isinstance(error, TodoDbError):
        return error
    if isinstance(error, OSError):
        return UndeterminedError(f"the system refused: {error.strerror or error}", where=_file(error))
    if _from_database(error):
        return UndeterminedError(f"the database refused: {error}".strip())
    return BugError(
        f"this is a bug of todo-db: {type(error).__name__}: {error}",
        hint=f"please report it with the command you ran; {DEBUG}=1 shows where it happened",
    )


def _file(error: OSError) -> str | None:
    return str(error.filename) if error.filename else None


def _from_database(error: Exception) -> bool:
    """Whether the connection or the server failed (not: a statement of ours was wrong). Imports no driver."""
    psycopg = sys.modules.get("psycopg")
    alchemy = sys.modules.get("sqlalchemy.exc")
    drivers = (psycopg and psycopg.OperationalError, alchemy and alchemy.OperationalError)
    return isinstance(error, tuple(kind for kind in drivers if kind))


def masked(error: TodoDbError, secrets: Iterable[str]) -> TodoDbError:
    """The same error without passwords in any of its parts."""
    parts = {
        name: mask_all(text, secrets) for name in ("what", "where", "hint") if (text := getattr(error, name))
    }
    error.what, error.where, error.hint = parts["what"], parts.get("where"), parts.get("hint")
    return error


def message(command: str, error: TodoDbError, width: int | None = None) -> Iterator[str]:
    """The lines that stderr gets, wrapped where `width` says how wide a terminal is."""
    name = f"todo-db {command}" if command else "todo-db"
    yield from _hanging(f"{name}: ", "  ", error.what, width)
    if error.where:
        yield from _hanging("  at ", "     ", visible(error.where), width)
    if error.hint:
        yield from _hanging("  hint: ", "        ", error.hint, width)


def _hanging(label: str, indent: str, text: str, width: int | None) -> Iterator[str]:
    first, *rest = wrap(label + text, width)
    yield first
    for line in wrap("\n".join(rest), None if width is None else width - len(indent)) if rest else ():
        yield indent + line.lstrip()


def trace(error: BaseException, environ: Mapping[str, str], secrets: Iterable[str]) -> str | None:
    """The traceback, without passwords, where TODO_DB_DEBUG asks for it."""
    if environ.get(DEBUG, "") in ("", "0"):
        return None
    return mask_all("".join(traceback.format_exception(error)), secrets)
