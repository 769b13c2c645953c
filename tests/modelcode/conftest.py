"""Projects made of a spec, opened on the server that all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from todo_db.postgres.scratch import Scratch
from todo_db.settings import load
from todo_db.sources.workspace import Workspace

Project = Callable[[str], Workspace]

SETTINGS = """
[tool.todo-db]
spec = "schema.yaml"
models = "app.models"
[tool.ruff]
line-length = 100
"""


@pytest.fixture
def project(tmp_path: Path, server: Scratch) -> Iterator[Project]:
    """project(YAML) gives a workspace whose models are to be `app.models`; called again, the spec changes."""
    with ExitStack() as stack:

        def make(spec: str) -> Workspace:
            root = tmp_path / "project"
            root.mkdir(exist_ok=True)
            (root / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
            (root / "schema.yaml").write_text("version: 1\n" + dedent(spec), encoding="utf-8")
            environ = {**os.environ, "TODO_DB_CACHE": "0"}
            return stack.enter_context(Workspace(load(root), environ=environ, scratch=server))

        yield make
