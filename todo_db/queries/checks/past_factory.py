"""A session or connection that is made past the factory of user sessions knows no user."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Severity
from todo_db.queries.application import Application
from todo_db.queries.rule import Check, Hit, rule
from todo_db.queries.source import Source, dotted

RULE = rule(
    "TD854",
    "session-past-factory",
    Severity.WARNING,
    "a session is made past the factory of user sessions",
    "Where `UserSessions` is used, a plain `Session(engine)`, `sessionmaker` or `engine.connect()` is a way "
    "around it. Sign-up, jobs and shared tables need one: say so in a waiver.",
)
_SESSIONS = ("Session", "AsyncSession", "sessionmaker", "async_sessionmaker", "scoped_session")
_CONNECTIONS = ("connect", "begin", "raw_connection")


def find(source: Source, application: Application) -> Iterator[Hit]:
    if not application.scoped_factory:
        return
    for node in source.of(ast.Call):
        if name := _made(source, node):
            yield Hit(
                node,
                name,
                f"{name}(…) makes a session or connection that knows no user",
                "sessions(user_id) of UserSessions, or a waiver that says what it is for",
            )


def _made(source: Source, call: ast.Call) -> str | None:
    if source.from_library(call, *_SESSIONS):
        return source.called(call).rpartition(".")[2]
    owner, _, method = dotted(call.func).rpartition(".")
    last = owner.rpartition(".")[2]
    if method in _CONNECTIONS and (last == "engine" or last.endswith("_engine")):
        return f"{last}.{method}"
    return None


CHECK = Check(RULE, find)
