"""A process that runs `migrate` in a fork of itself for each line that it reads, so that forks can be killed.

In: {"root": …, "url": …, "proof": …}. Out: the number of the fork, then, when it has ended, what came of it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from todo_db.cli.failures import explained
from todo_db.settings import load
from todo_db.sources import runner, workspace  # noqa: F401 - imported before the fork
from todo_db.workflows.migrate import migrate


def run(order: dict[str, str]) -> dict[str, object]:
    """What `todo-db migrate` does, without the command line around it."""
    said: list[str] = []
    settings = load(Path(order["root"]))
    try:
        with workspace.Workspace(settings, url=order["url"], environ=os.environ, say=said.append) as ws:
            outcome = migrate(ws, prove=bool(order["proof"]))
    except KeyboardInterrupt:
        return {"code": 130, "text": "", "said": said}
    except Exception as error:
        known = explained(error)
        return {"code": int(known.exit_code), "text": f"{known.what} | {known.hint}", "said": said}
    return {"code": 0, "text": outcome.text, "said": said}


def main() -> None:
    import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401 - all that takes long, once

    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            with os.fdopen(write, "w") as answer:
                json.dump(run(json.loads(line)), answer)
            os._exit(0)
        os.close(write)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        with os.fdopen(read) as answer:
            text = answer.read()
        os.waitpid(child, 0)
        sys.stdout.write((text or '{"code": -9, "text": "", "said": []}') + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
