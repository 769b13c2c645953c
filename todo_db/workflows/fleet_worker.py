"""The process in which targets of a fleet are migrated or looked at, one by one; told by lines of JSON.

Alembic's `op` is one for the whole process, so that targets at the same time need processes of their own. One
that a revision crashes takes nothing with it but its own target.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Json = dict[str, Any]


def main() -> None:
    """Answer each request on stdin; the end of stdin ends the process."""
    request = json.loads(sys.argv[1])
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # what revisions print is no answer

    def send(answer: Json) -> None:
        with suppress(OSError):  # who asked may be gone; what was begun is brought to its end
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    with suppress(KeyboardInterrupt):
        _serve(request, requests, send)


def _serve(request: Json, requests: Any, send: Callable[[Json], None]) -> None:
    from pathlib import Path

    from todo_db.postgres.scratch import Scratch
    from todo_db.settings import load
    from todo_db.sources.workspace import Workspace

    settings = load(Path(request["project"]))
    replays: dict[Any, Any] = {}
    with Scratch(os.environ) as scratch:
        for line in requests:
            asked = json.loads(line)
            url, own = asked["url"], settings.of_tenant(asked["schema"])
            say = _sayer(send, url)
            with Workspace(own, url=url, say=say, scratch=scratch, replays=replays) as ws:
                send({"done": _done(ws, request, url)})


def _sayer(send: Callable[[Json], None], url: str) -> Callable[[str], None]:
    hide = _hide(url)
    return lambda text: send({"say": hide(text)})


def _hide(url: str) -> Callable[[str], str]:
    from todo_db.postgres.target import from_url

    return from_url(url).mask


def _done(ws: Any, request: Json, url: str) -> Json:
    """How it ended, without a secret."""
    from todo_db.errors import Exit, TodoDbError

    started, hide = time.monotonic(), _hide(url)
    error: Json | None = None
    facts: Json = {"outcome": "failed"}
    try:
        facts = _WORK[request["do"]](ws, request["with"])
    except TodoDbError as failure:
        said = (failure.what, failure.where, failure.hint)
        what, where, hint = (hide(text) if text else None for text in said)
        error = {"what": what, "where": where, "hint": hint, "exit_code": int(failure.exit_code)}
    except KeyboardInterrupt:
        error = {"what": "interrupted", "where": None, "hint": None, "exit_code": int(Exit.INTERRUPTED)}
    except BaseException as failure:  # SystemExit too: a revision may do anything
        what = hide(f"{type(failure).__name__}: {failure}")
        error = {"what": what, "where": None, "hint": None, "exit_code": int(Exit.BUG)}
    return {**facts, "seconds": round(time.monotonic() - started, 3), "error": error}


def _migrate(ws: Any, options: Json) -> Json:
    from todo_db.workflows.migrate import migrate

    facts = migrate(ws, **options).report.extra
    applied = [step["revision"] for step in facts.get("applied", ())]
    outcome = "applied" if applied else "nothing to do"
    return {"outcome": outcome, "applied": applied, "stamp": list(facts.get("stamp", ()))}


def _look(ws: Any, options: Json) -> Json:
    from todo_db.workflows.fleet_look import look

    return look(ws, **options)


_WORK: dict[str, Callable[[Any, Json], Json]] = {"migrate": _migrate, "look": _look}
