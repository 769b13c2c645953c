"""A statement on users' rows has to say which user's, unless the session does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import MODEL_ATTRIBUTES, Application
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Scope, Source, dotted, keyword
from todo_db.queries.users import annotation, authorizes, names_user

RULE = rule(
    "TD851",
    "unscoped-query",
    Severity.ERROR,
    "a statement on users' rows does not say whose",
    "A select, update or delete of a table with an owner, or a get by key, reaches every user's rows unless "
    "its WHERE compares the owner, what it found is compared with the user, or the session is a UserSession. "
    "Use `UserSessions`, add `.where(Task.user_id == user.id)`, or waive it with a reason.",
)
_STATEMENTS = ("select", "update", "delete")
_FILTERS = ("where", "filter", "filter_by", "having", "join", "outerjoin", "join_from", "on", "and_", "or_")
_BY_KEY = ("get", "get_one")
_NARROWED = ("where", "filter", *_BY_KEY)
_PLAIN = (*_BY_KEY, "exec", "execute", "scalar", "scalars", "getattr", "isinstance")


def find(source: Source, application: Application) -> Iterator[Hit]:
    users: dict[ast.AST, bool] = {}  # by function: whether it has a user's session
    for node in source.of(ast.Call):
        for name in _entities(source, application, node):
            if not (
                _has_user_session(source, application, node, users)
                or _is_scoped(source, application, node, name)
            ):
                columns = " or ".join(sorted(application.conditions(name)))
                what = dotted(node.func).rpartition(".")[2]
                yield Hit(
                    node,
                    name,
                    f"{what}({name}) without {columns} in its conditions reaches every user's rows",
                    f".where({name}.{sorted(application.conditions(name))[0]} == …), or a UserSession",
                )


def _entities(source: Source, application: Application, call: ast.Call) -> list[str]:
    """The users' classes that a call reads or writes."""
    method = dotted(call.func).rpartition(".")[2]
    if source.from_library(call, *_STATEMENTS) or (
        method == "query" and isinstance(call.func, ast.Attribute)
    ):
        nodes = list(call.args)
        for part in _expressions_above(source, call):  # select(func.count()).select_from(Task)
            if isinstance(part, ast.Call) and dotted(part.func).endswith("select_from"):
                nodes += part.args
    elif method in _BY_KEY and isinstance(call.func, ast.Attribute) and call.args:
        if len(call.args) < 2 and keyword(call, "ident") is None:
            return []  # some other object's get()
        nodes = [call.args[0]]
    else:
        return []
    scope = source.scope(call)
    classes = [_named_class(source, application, scope, n) for node in nodes for n in ast.walk(node)]
    return list(dict.fromkeys(c for c in classes if c is not None))


def _named_class(source: Source, application: Application, scope: Scope, node: ast.AST) -> str | None:
    """The users' class that `Task`, `models.Task` or a repository's `self.model` stands for."""
    if isinstance(node, ast.Name):
        return _class_of(source, application, scope, node.id)
    if isinstance(node, ast.Attribute):
        if application.owner(node.attr) is not None:
            return node.attr
        if node.attr in MODEL_ATTRIBUTES and dotted(node.value) in ("self", "cls"):
            return application.generic
    return None


def _class_of(source: Source, application: Application, scope: Scope, name: str) -> str | None:
    for known in (name, source.imports.get(name, "").rpartition(".")[2]):  # also: import Task as TaskRow
        if application.owner(known) is not None:
            return known
    for value in source.assigned(scope, name):  # t = aliased(Task)
        if isinstance(value, ast.Call) and dotted(value.func).endswith("aliased") and value.args:
            inner = value.args[0]
            if isinstance(inner, ast.Name) and application.owner(inner.id) is not None:
                return inner.id
    return None


def _is_scoped(source: Source, application: Application, call: ast.Call, name: str) -> bool:
    scope = source.scope(call)
    columns = application.conditions(name)
    outer = _outermost(source, call)
    if _compares_owner(outer, columns) or _key_names_user(call, columns):
        return True
    variable = _variable(source, outer)
    wholes = [_outermost(source, n) for n in source.named(scope, variable)] if variable else []
    if any(_compares_owner(whole, columns) for whole in wholes):
        return True
    if _checks_result(source, scope, columns) or authorizes(outer, None):
        return True
    if variable is not None and any(authorizes(whole, variable) for whole in wholes):
        return True
    uses = [outer, *(_uses(source, scope, variable) if variable else [])]
    return _given_conditions(source, scope, uses, columns) or _follows(source, scope, application, uses)


def _key_names_user(call: ast.Call, columns: frozenset[str]) -> bool:
    """Whether a get by several columns has the owner among them: `get(Task, (id, user_id))`."""
    if dotted(call.func).rpartition(".")[2] not in _BY_KEY:
        return False
    key = call.args[1] if len(call.args) > 1 else keyword(call, "ident")
    if isinstance(key, ast.Dict):
        return any(isinstance(k, ast.Constant) and k.value in columns for k in key.keys)
    if isinstance(key, ast.Tuple):
        return any(names_user(part, columns) for part in key.elts)
    return False


def _follows(source: Source, scope: Scope, application: Application, expressions: list[ast.AST]) -> bool:
    """Whether a condition goes by what was found for the user: `Task.id == mine.id`, `.in_(mine)`."""
    names = {
        n.id
        for expression in expressions
        for call in ast.walk(expression)
        if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] in _NARROWED
        for argument in (*call.args, *(k.value for k in call.keywords))
        for n in ast.walk(argument)
        if isinstance(n, ast.Name)
    }
    return any(_found_for_user(source, scope, application, name) for name in names)


def _found_for_user(
    source: Source, scope: Scope, application: Application, name: str, depth: int = 3
) -> bool:
    """Whether a name holds what was found by its owner in this function, or a row that was handed in."""
    if isinstance(scope, ast.Module) or depth == 0:
        return False
    if (type_ := annotation(scope, name)) is not None:
        parts = {n.id for n in ast.walk(type_) if isinstance(n, ast.Name)}
        return any(application.owner(part) is not None for part in parts)  # who called has found it
    columns = application.owner_columns
    for value in source.gained(scope, name):
        if _compares_owner(value, columns) or authorizes(value, None) or _asks_for_user(value, columns):
            return True
        inner = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)} - {name}
        if any(_found_for_user(source, scope, application, n, depth - 1) for n in inner):
            return True
    return False


def _asks_for_user(value: ast.expr, columns: frozenset[str]) -> bool:
    """`await service.get_task(task_id, user)`: a function that knows the user gave it."""
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call) or dotted(call.func).rpartition(".")[2] in _PLAIN:
        return False
    arguments = [*call.args, *(k.value for k in call.keywords)]
    return len(arguments) > 1 and any(names_user(a, columns) for a in arguments)


def _has_user_session(
    source: Source, application: Application, node: ast.AST, known: dict[ast.AST, bool]
) -> bool:
    """Whether the function, or one around it, is handed a user's session or opens one."""
    for scope in source.above(node):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            if scope not in known:
                known[scope] = _knows_user(source, application, scope)
            if known[scope]:
                return True
    return False


def _knows_user(
    source: Source, application: Application, scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
) -> bool:
    arguments = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]
    types = [a.annotation for a in arguments if a.annotation is not None]
    within = source.within(scope)
    calls = [n.func for n in within if isinstance(n, ast.Call)]
    stated = [n.annotation for n in within if isinstance(n, ast.AnnAssign)]
    return any(_names_scoped(part, application.scoped_names) for part in (*types, *calls, *stated))


def _names_scoped(node: ast.AST, names: set[str]) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in names:
            return True
        if isinstance(part, ast.Attribute) and part.attr in names:
            return True
        text = part.value if isinstance(part, ast.Constant) else None
        if isinstance(text, str) and names & set(re.findall(r"\w+", text)):
            return True
    return False


def _expressions_above(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    """The expressions that a node is part of, innermost first."""
    for parent in source.above(node):
        if not isinstance(parent, ast.expr | ast.keyword | ast.comprehension):
            return
        yield parent


def _outermost(source: Source, node: ast.AST) -> ast.AST:
    """The whole expression that a call is part of."""
    found = node
    for found in _expressions_above(source, node):  # noqa: B007  # the last one
        pass
    return found


def _compares_owner(node: ast.AST, columns: frozenset[str]) -> bool:
    """Whether an owner's column stands in a condition within an expression."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Call):
            continue
        method = dotted(part.func).rpartition(".")[2]
        if method not in _FILTERS:
            continue
        for argument in (*part.args, *(k.value for k in part.keywords)):
            if any(isinstance(n, ast.Attribute) and n.attr in columns for n in ast.walk(argument)):
                return True
            if any(isinstance(n, ast.Compare) and _is_users(n) for n in ast.walk(argument)):
                return True
        if any(k.arg in columns for k in part.keywords):
            return True
    return False


def _is_users(compare: ast.Compare) -> bool:
    """`User.id == current_user.id`: the user by another column, of a table that is joined."""
    sides = (compare.left, *compare.comparators)
    return all(isinstance(op, ast.Eq) for op in compare.ops) and any(names_user(s) for s in sides)


def _variable(source: Source, outer: ast.AST) -> str | None:
    """The name that the whole expression is assigned to."""
    statement = source.statement(outer)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return None


def _uses(source: Source, scope: Scope, variable: str) -> list[ast.AST]:
    """Expressions that go on from a name: `statement.where(…)`, also where they are returned or executed."""
    found: list[ast.AST] = []
    for name in source.named(scope, variable):
        part: ast.AST = name
        for parent in _expressions_above(source, name):
            if isinstance(parent, ast.Call) and parent.func is part:
                found.append(parent)
            part = parent
    return found


def _checks_result(source: Source, scope: Scope, columns: frozenset[str]) -> bool:
    """Whether what was found is compared with the user: `if task.user_id != user.id: raise …`."""
    if isinstance(scope, ast.Module):
        return False
    for node in source.within(scope):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            of_owner = any(isinstance(s, ast.Attribute) and s.attr in columns for s in sides)
            if of_owner and not _in_filter(source, node):
                return True
    return False


def _in_filter(source: Source, compare: ast.Compare) -> bool:
    """Whether a comparison is part of some statement's conditions rather than a check."""
    return any(
        isinstance(parent, ast.Call) and dotted(parent.func).rpartition(".")[2] in _FILTERS
        for parent in _expressions_above(source, compare)
    )


def _given_conditions(
    source: Source, scope: Scope, expressions: list[ast.AST], columns: frozenset[str]
) -> bool:
    """Whether conditions come from a name or a function that may hold the owner's: `where(*filters)`."""
    for expression in expressions:
        for call in ast.walk(expression):
            if not isinstance(call, ast.Call) or dotted(call.func).rpartition(".")[2] not in (
                "where",
                "filter",
            ):
                continue
            for argument in call.args:
                inner = argument.value if isinstance(argument, ast.Starred) else argument
                if isinstance(inner, ast.Call) and not isinstance(inner.func, ast.Attribute):
                    return True
                if isinstance(inner, ast.Name) and _may_hold_owner(source, scope, inner.id, columns):
                    return True
    return False


def _may_hold_owner(source: Source, scope: Scope, name: str, columns: frozenset[str]) -> bool:
    values = source.assigned(scope, name)
    if not values:
        return True  # it was handed in: whoever called knows
    texts = [
        *values,
        *(
            parent
            for use in source.named(scope, name)
            for parent in _expressions_above(source, use)
            if isinstance(parent, ast.Call) and dotted(parent.func) == f"{name}.append"
        ),
    ]
    return any(isinstance(n, ast.Attribute) and n.attr in columns for t in texts for n in ast.walk(t))


CHECK = Check(RULE, find)
