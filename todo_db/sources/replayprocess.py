"""Starts the process in which revisions run on scratch, and asks it for one after the other."""

from __future__ import annotations

import contextlib
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
    """Runs single revisions of the project's history, where `use` says; leaving the context ends it.

    The process is started when something is asked of it for the first time.
    """

    def __init__(self, settings: Settings, *, environ: Mapping[str, str]) -> None:
        names = {"database_url": settings.database_url, "direct_url": settings.direct_url}
        paths = {"root": settings.root, "migrations": settings.migrations}
        self._request: dict[str, Any] = {
            "names": list(names.values()),
            "settings": {**names, **{k: str(p) for k, p in paths.items() if p is not None}},
        }
        self._root = settings.root
        self._environ = dict(environ)
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the process; it is started anew when something is asked of it."""
        if self._running is not None:
            self._running.end()
            self._running = None

    def use(self, url: str, extra: Iterable[Path] = (), tenant: str | None = None) -> None:
        """Go on in the database `url`, with the revision files as they are now.

        extra: folders with revision files beside the history's own. tenant: the one schema to work in.
        """
        now: dict[str, Any] = {"url": url, "extra": [str(p) for p in extra], "tenant": tenant}
        self._request |= now
        if self._running is not None:
            self._ask("use", **now)

    def upgrade(self, revision: str) -> list[Executed]:
        """Apply one revision whose parents are applied; gives its statements. Raises RevisionFailedError."""
        return [Executed(**e) for e in self._ask("upgrade", revision=revision)["executed"]]

    def measure(self, revision: str) -> tuple[dict[str, Any], RevisionFailedError | None]:
        """Apply one revision; what its statements did (`measure/hooks.py`), and why it failed if it did."""
        answer = self._ask("measure", revision=revision)
        failed = _error(answer["failed"]) if answer["failed"] else None
        if failed is not None and not isinstance(failed, RevisionFailedError):
            raise failed
        return answer["measured"], failed

    def look(self) -> dict[str, Any]:
        """What is there now, in the form in which `measure` tells it."""
        return self._ask("look")

    def downgrade(self, revision: str) -> list[Executed]:
        """Take back one revision that nothing applied follows. Raises RevisionFailedError."""
        return [Executed(**e) for e in self._ask("downgrade", revision=revision)["executed"]]

    def sql(self, revisions: Sequence[str], start: Sequence[str]) -> str:
        """The script of these revisions for a database at `start`, by Alembic's offline mode."""
        return str(self._ask("sql", revisions=list(revisions), start=list(start))["sql"])

    def finish(self) -> tuple[dict[str, dict[str, str]], list[str]]:
        """What all replays so far depended on, and why this may not be all."""
        if self._running is None:
            return {}, []
        answer = self._ask("finish")
        return answer["evidence"], answer["reasons"]

    def _ask(self, request: str, **options: Any) -> dict[str, Any]:
        if self._running is None:  # a history without revisions needs none
            self._running = _Running(self._request, self._root, self._environ)
        try:
            answer = self._running.ask({"do": request, "with": options}, about=options.get("revision"))
        except BaseException:  # it ended, hangs, or its answer will come when nobody expects it
            self.end()
            raise
        if error := answer.get("error"):
            raise _error(error)
        return answer


class _Running:
    """The process, and the way to it and back."""

    def __init__(self, request: Mapping[str, Any], root: Path, environ: Mapping[str, str]) -> None:
        self._answers, theirs = os.pipe()
        self._unread = b""
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        # behind everything else, so that no module of ours hides one of the project's
        home = str(Path(__file__).parent.parent.parent)
        call = f"import sys; sys.path.append({home!r}); from todo_db.sources.replayhost import main; main()"
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-c", call, json.dumps({**request, "answers": theirs})],
            cwd=root,
            env=dict(environ),
            pass_fds=(theirs,),
            stdin=subprocess.PIPE,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
        )
        os.close(theirs)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        os.close(self._answers)
        self._printed.close()

    def ask(self, request: Mapping[str, Any], *, about: str | None) -> dict[str, Any]:
        """The answer to a request. Raises UndeterminedError where none comes."""
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write((json.dumps(request) + "\n").encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        answer: dict[str, Any] = json.loads(self._line(about))
        return answer

    def said(self) -> str:
        """What was printed."""
        self._printed.seek(0)
        return self._printed.read().decode(errors="replace")

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
        last = self.said().strip().splitlines()[-1:]
        return UndeterminedError(
            f"the process that replays the migrations ended (status {self._process.wait()})"
            + "".join(f": {line}" for line in last)
        )


def _error(told: Mapping[str, Any]) -> UndeterminedError:
    failed = told.get("failed")
    if failed is None:
        return UndeterminedError(told["what"], where=told["where"], hint=told["hint"])
    return RevisionFailedError(told["what"], where=told["where"], hint=told["hint"], failed=Failed(**failed))
