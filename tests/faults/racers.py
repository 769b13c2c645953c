"""A process that forks runs which begin together, nearer to one another than programs that start.

In, a line for each race: {"root": …, "url": …, "runs": 16}; every other one is plain Alembic's.
Out: [[exit code, stdout, stderr], …].
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401 - all that takes long, once

import todo_db.workflows.migrate  # noqa: F401
from todo_db.cli import app, migrate  # noqa: F401


def run(number: int) -> int:
    """One run, as its program would do it; gives the exit code."""
    try:
        if number % 2:
            alembic.config.main(["upgrade", "head"], prog="alembic")
        else:
            sys.argv = ["todo-db", "migrate", "--no-proof"]
            app.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def fork(order: dict[str, Any], number: int, begin: int) -> tuple[int, int, int]:
    """Fork a run that begins when `begin` has something for it; its number, and the files of its output."""
    out, err = os.memfd_create("out"), os.memfd_create("err")
    child = os.fork()
    if child == 0:
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.read(begin, 1)
        code = 70
        try:
            code = run(number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return child, out, err


def race(order: dict[str, Any]) -> list[tuple[int, str, str]]:
    """All runs of one round."""
    if not order["runs"]:
        return [(run(number), "", "") for number in range(2)]  # here: all that takes long is loaded then
    begin, start = os.pipe()
    children = [fork(order, number, begin) for number in range(order["runs"])]
    os.write(start, b"!" * order["runs"])
    ended = []
    for child, out, err in children:
        _, status = os.waitpid(child, 0)
        ended.append((os.waitstatus_to_exitcode(status), text_of(out), text_of(err)))
    os.close(begin)
    os.close(start)
    return ended


def text_of(descriptor: int) -> str:
    """What was written to a file."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb") as file:
        return file.read().decode()


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        os.environ["DATABASE_URL"] = order["url"]
        os.chdir(order["root"])
        answers.write(json.dumps(race(order)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
