"""How code names the user that it works for: by a variable, an argument, or a function that checks rights."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from todo_db.queries.source import Scope, dotted

_USER = re.compile(
    r"(?:^|_)(?:user|owner|me|tenant|organi[sz]ation|org|principal|viewer|actor)(?:_?id|_?uuid)?$", re.I
)
_CHECKS = re.compile(
    r"check|ensure|verif|author|require|assert|own|access|permi|allow|scope|guard|belong|visible|tenant|restrict",
    re.IGNORECASE,
)


def names_user(node: ast.AST, columns: frozenset[str] = frozenset()) -> bool:
    """Whether an expression holds a user: `current_user.id`, `user_id`, a column of an owner."""
    for part in ast.walk(node):
        name = (
            part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else None
        )
        if name is not None and (name in columns or _USER.search(name)):
            return True
    return False


def authorizes(expression: ast.AST, variable: str | None) -> bool:
    """Whether what a variable holds is handed, with a user, to a function that checks or narrows it.

    `is_owned_by(task, user_id)`, `ensure_access(user, task_user_id=task.user_id)`, `scoped(statement, user)`.
    """
    for call in ast.walk(expression):
        if not isinstance(call, ast.Call) or not _CHECKS.search(dotted(call.func).rpartition(".")[2]):
            continue
        arguments = [*call.args, *(k.value for k in call.keywords)]
        holding = [a for a in arguments if _holds(a, variable)]
        named = any(k.arg is not None and _USER.search(k.arg) for k in call.keywords)
        if holding and (named or any(names_user(a) for a in arguments)):
            return True
    return False


def _holds(node: ast.AST, variable: str | None) -> bool:
    """Whether the variable, or without one a statement itself, is part of an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == variable:
            return True
        if variable is None and isinstance(part, ast.Call):
            return True
    return False


def annotation(scope: Scope, name: str) -> ast.expr | None:
    """The type of a function's argument; None where it has none, or is no argument."""
    return next((a.annotation for a in _arguments(scope) if a.arg == name), None)


def _arguments(scope: Scope) -> Iterator[ast.arg]:
    if not isinstance(scope, ast.Module):
        yield from (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs)
