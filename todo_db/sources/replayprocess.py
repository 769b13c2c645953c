"""Starts the process in which revisions run on scratch, and asks it for one after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from select import select
from typing import Any, Self

from todo_db.errors import UndeterminedError
from todo_db.settings import Settings
from todo_db.sources.redirect import Executed
from todo_db.sources.runner import Failed, RevisionFailedError

TIMEOUT = 300.0
"""Seconds for one revision on scratch, whose statements have a time limit of their own."""


class ReplayProcess:
    """Runs single revisions of the project's history in the database `url`; leaving the context ends it.

    extra: folders with revision files beside the history's own.
    """

    def __init__(
        self, settings: Settings, url: str, *, environ: Mapping[str, str], extra: Iterable[Path] = ()
    ) -> None:
        answers, theirs = os.pipe()
        given = {
            "root": str(settings.root),
            "database_url": settings.database_url,
            "direct_url": settings.direct_url,
        }
        if settings.migrations is not None:
            given["migrations"] = str(settings.migrations)
        request = {
            "url": url,
            "names": [settings.database_url, settings.direct_url],
            "settings": given,
            "extra": [str(p) for p in extra],
            "answers": theirs,
        }
        home = str(
            Path(__file__).parent.parent.parent
        )  # last, so that no module of ours hides one of the project's
        call = f"import sys; sys.path.append({home!r}); from todo_db.sources.replayhost import main; main()"
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-c", call, json.dumps(request)],
            cwd=settings.root,
            env=dict(environ),
            pass_fds=(theirs,),
            stdin=subprocess.PIPE,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
        )
        os.close(theirs)
        self._answers = answers
        self._unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        os.close(self._answers)
        self._printed.close()

    def use(self, url: str) -> None:
        """Go on in another database."""
        self._ask("use", url=url)

    def upgrade(self, revision: str) -> list[Executed]:
        """Apply one revision whose parents are applied; gives its statements. Raises RevisionFailedError."""
        return [Executed(**e) for e in self._ask("upgrade", revision=revision)["executed"]]

    def downgrade(self, revision: str) -> list[Executed]:
        """Take back one revision that nothing applied follows. Raises RevisionFailedError."""
        return [Executed(**e) for e in self._ask("downgrade", revision=revision)["executed"]]

    def sql(self, revisions: Sequence[str], start: Sequence[str]) -> str:
        """The script of these revisions for a database at `start`, by Alembic's offline mode."""
        return str(self._ask("sql", revisions=list(revisions), start=list(start))["sql"])

    def finish(self) -> tuple[dict[str, dict[str, str]], list[str]]:
        """What the replay depended on, and why this may not be all; nothing may be asked afterwards."""
        answer = self._ask("finish")
        return answer["evidence"], answer["reasons"]

    @property
    def printed(self) -> str:
        """What the project's code has printed so far."""
        self._printed.seek(0)
        return self._printed.read().decode(errors="replace")

    def _ask(self, request: str, **options: Any) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101
        line = json.dumps({"do": request, "with": options}) + "\n"
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        answer: dict[str, Any] = json.loads(self._line(options.get("revision")))
        if error := answer.get("error"):
            raise _error(error)
        return answer

    def _line(self, revision: str | None) -> bytes:
        while b"\n" not in self._unread:
            ready, _, _ = select([self._answers], [], [], TIMEOUT)
            if not ready:
                what = f"revision {revision}" if revision else "env.py"
                raise UndeterminedError(f"{what} did not end on scratch within {TIMEOUT:g} s")
            block = os.read(self._answers, 1 << 16)
            if not block:
                raise self._ended()
            self._unread += block
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _ended(self) -> UndeterminedError:
        last = self.printed.strip().splitlines()[-1:]
        return UndeterminedError(
            f"the process that replays the migrations ended (status {self._process.wait()})"
            + "".join(f": {line}" for line in last)
        )


def _error(told: Mapping[str, Any]) -> UndeterminedError:
    failed = told.get("failed")
    if failed is None:
        return UndeterminedError(told["what"], where=told["where"], hint=told["hint"])
    return RevisionFailedError(told["what"], where=told["where"], hint=told["hint"], failed=Failed(**failed))
