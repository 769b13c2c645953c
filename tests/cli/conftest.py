"""Running `todo-db` as users do: as a process of its own, in a project's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PASSWORD = "s3cr:t/p@ss"  # noqa: S105

SPEC = """### tasks

| Column | Type | Constraints |
|---|---|---|
| id | integer | PRIMARY KEY |
| title | varchar(200) | NOT NULL |
"""


class Done(NamedTuple):
    """What a process left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)  # type: ignore[no-any-return]


Cli = Callable[..., Done]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has set nothing, with a home of their own."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if k in ("PATH", "LANG", "SYSTEMROOT", "PYTHONPATH", "PYTHONSAFEPATH")
    }
    home = tmp_path / "home"
    home.mkdir()
    return {
        **kept,
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a spec and nothing else."""
    folder = tmp_path / "project"
    (folder / "schema").mkdir(parents=True)
    (folder / "schema" / "schema.md").write_text(SPEC)
    (folder / "pyproject.toml").write_text("[tool.todo-db]\n")
    return folder


@pytest.fixture
def cli(project: Path, environment: dict[str, str]) -> Cli:
    """A function that runs `todo-db …` in the project and returns what came of it."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None, timeout: float = 60) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "todo_db", *map(str, arguments)],
            cwd=project,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
