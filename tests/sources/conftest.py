"""Projects made of a few files, opened on the server that all tests share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from psycopg import sql

from todo_db.postgres.scratch import Scratch
from todo_db.settings import load
from todo_db.sources.workspace import Workspace

Project = Callable[..., Workspace]


@pytest.fixture
def project(tmp_path: Path, server: Scratch) -> Iterator[Project]:
    """project({"models.py": …}, models="models") gives a workspace; files of an earlier call stay.

    Nothing is kept between runs unless `cache` is true; then the cache lies within the test's own folder.
    """
    shared = Shared(server)
    with ExitStack() as stack:

        def make(
            files: Mapping[str, str] | None = None,
            *,
            models: str | list[str] | None = None,
            spec: str | None = None,
            environ: Mapping[str, str] | None = None,
            waived: Sequence[str] = (),
            cache: bool = False,
        ) -> Workspace:
            root = tmp_path / "project"
            settings = {"models": models, "spec": spec}
            lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items() if value]
            entry = '[[tool.todo-db.ignore]]\nrule = "{}"\nreason = "not what is tested"'
            lines += [entry.format(rule) for rule in waived]
            write(root, {"pyproject.toml": "[tool.todo-db]\n" + "\n".join(lines), **(files or {})})
            kept = {"XDG_CACHE_HOME": str(tmp_path / "cache")} if cache else {"TODO_DB_CACHE": "0"}
            ws = stack.enter_context(Workspace(load(root), environ={**os.environ, **kept, **(environ or {})}))
            ws.__dict__["scratch"] = shared  # a server of its own for each test would cost half a second
            return ws

        yield make
    shared.clear()


class Shared:
    """The shared server, as one test uses it: its databases go when the test has ended."""

    def __init__(self, server: Scratch) -> None:
        self._server = server
        self._made: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def database(self, label: str = "scratch") -> Any:
        connection = self._server.database(label)
        self._made.append(connection.info.dbname)
        return connection

    def clear(self) -> None:
        admin = self._server._started().admin()
        for name in self._made:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write files, their common indentation taken off."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
