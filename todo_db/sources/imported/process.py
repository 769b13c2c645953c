"""Starts the process in which models are imported, and takes its answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from todo_db.errors import UndeterminedError, UsageError

TIMEOUT = 120.0


class Import:
    """One import of the models, under way from the beginning; leaving the context ends it."""

    def __init__(self, root: Path, models: Sequence[str], environ: Mapping[str, str]) -> None:
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_close`
        leash, self._leash = os.pipe()
        request = {"root": str(root), "models": models, "answer": self._answer.fileno(), "leash": leash}
        # behind everything else, so that no module of ours hides one of the project's
        home = str(Path(__file__).parent.parent.parent)
        call = (
            f"import sys; sys.path.append({home!r}); from todo_db.sources.imported.host import main; main()"
        )
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-c", call, json.dumps(request)],
            cwd=root,
            env=dict(environ),
            pass_fds=(self._answer.fileno(), leash),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        os.close(leash)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        self._close()

    def result(self, timeout: float = TIMEOUT) -> tuple[dict[str, Any], str]:
        """The answer of `modelhost`, and what the models printed.

        Raises UndeterminedError after `timeout` seconds, and UsageError where the models ended the process.
        """
        try:
            printed = self._process.communicate(timeout=timeout)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise UndeterminedError(
                f"importing the models took longer than {timeout:g} s",
                hint="look for work that the modules do while they are imported, and move it into functions",
            ) from None
        self._answer.seek(0)
        text = self._answer.read()
        if not text:
            last = printed.strip().splitlines()[-1:]
            raise UsageError(
                f"importing the models ended the process (status {self._process.returncode})"
                + "".join(f": {line}" for line in last)
            )
        self._close()
        answer: dict[str, Any] = json.loads(text)
        return answer, printed

    def _close(self) -> None:
        self._answer.close()
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1
