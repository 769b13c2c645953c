"""The one family of errors that a user sees: what happened, where, and what to do next."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command; they are part of the public contract."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    UNDETERMINED = 3
    APPLY_FAILED = 4
    BUG = 70
    INTERRUPTED = 130


class TodoDbError(Exception):
    """A failure that is explained to the user instead of shown as a traceback.

    what: one sentence saying what happened. where: a place (`path:line`, a masked URL, an object).
    hint: the next step to take. No part of it may hold a secret.
    """

    exit_code: Exit = Exit.UNDETERMINED

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint


class UsageError(TodoDbError):
    """The call or the configuration is wrong; nothing was done."""

    exit_code = Exit.USAGE


class UndeterminedError(TodoDbError):
    """The answer could not be found: unreachable, no permission, timed out, or something unknown."""

    exit_code = Exit.UNDETERMINED


class ApplyError(TodoDbError):
    """A change was refused or failed; `what` says what state the database was left in."""

    exit_code = Exit.APPLY_FAILED
