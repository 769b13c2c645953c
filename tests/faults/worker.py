"""A process that runs `migrate` in a fork of itself for each line that it reads, so that forks can be killed.

In: {"root": …, "url": …, "do": "migrate" | "down" | "alembic", "fork": true}. Out: the number of the fork (0:
none, it was done in this process, which makes later forks quick), then, when it is over, what came of it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from todo_db.cli.failures import explained
from todo_db.settings import load
from todo_db.sources import workspace
from todo_db.workflows import migrate_down
from todo_db.workflows.migrate import migrate
from todo_db.workflows.outcome import Outcome

DOWN_TO = "b"


def run(order: dict[str, Any]) -> dict[str, object]:
    """What the command does, without the command line around it."""
    if order["do"] == "alembic":
        return plain(order)
    said: list[str] = []
    settings = load(Path(order["root"]))
    try:
        with workspace.Workspace(settings, url=order["url"], environ=os.environ, say=said.append) as ws:
            ws.replays = _REPLAYS
            outcome = back(ws, order) if order["do"] == "down" else migrate(ws, prove=False)
    except KeyboardInterrupt:
        return {"code": 130, "text": "", "said": said}
    except Exception as error:
        known = explained(error)
        return {"code": int(known.exit_code), "text": f"{known.what} | {known.hint}", "said": said}
    return {"code": 0, "text": outcome.text, "said": said}


_REPLAYS: dict[Any, Any] = {}


def back(ws: workspace.Workspace, order: dict[str, Any]) -> Outcome:
    """`migrate down`; that the way back leads there is proven by the first, which is not forked."""
    known = mock.patch.object(migrate_down, "_prove") if order["fork"] else contextlib.nullcontext()
    with known:
        return migrate_down.down(ws, DOWN_TO, lambda _: True)


def plain(order: dict[str, Any]) -> dict[str, object]:
    """`alembic upgrade head`."""
    from alembic.config import main

    os.environ["DATABASE_URL"] = order["url"]
    os.chdir(order["root"])
    text = io.StringIO()
    code: object = 0
    with contextlib.redirect_stderr(text), contextlib.redirect_stdout(text):
        try:
            main(["upgrade", "head"], prog="alembic")
        except SystemExit as end:
            code = end.code
        except Exception as error:
            code = f"traceback: {error!r}"
    return {"code": code, "text": text.getvalue(), "said": []}


def forked(order: dict[str, Any]) -> str:
    """Run it in a fork, whose number is told at once; '' where the fork was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "w") as answer:
            json.dump(run(order), answer)
        os._exit(0)
    os.close(write)
    tell(str(child))
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def tell(line: str) -> None:
    sys.__stdout__.write(f"{line}\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        if order["fork"]:
            tell(forked(order) or '{"code": null, "text": "", "said": []}')
        else:
            tell("0")
            tell(json.dumps(run(order)))


if __name__ == "__main__":
    main()
