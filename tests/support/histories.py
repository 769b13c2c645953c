"""Projects with an Alembic history and a live database, made of a few lines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import psycopg
import pytest

from todo_db.postgres.scratch import Scratch
from todo_db.settings import load
from todo_db.sources.workspace import Workspace

OUR_ENV = "from alembic import context\n\nfrom todo_db.apply.environment import run\n\nrun(context)\n"

ALEMBICS_ENV = """\
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
connectable = engine_from_config(config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.",
                                 poolclass=pool.NullPool)
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""


def revision(
    name: str, down: str | tuple[str, ...] | None, up: str, back: str = "pass", head: str = ""
) -> str:
    """The text of a revision file; `up` and `back` are the bodies of its functions."""
    return (
        f'"""Revision {name}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {name!r}\ndown_revision = {down!r}\n{dedent(head)}\n\n"
        f"def upgrade():\n{indent(dedent(up).strip() or 'pass', '    ')}\n\n\n"
        f"def downgrade():\n{indent(dedent(back).strip() or 'pass', '    ')}\n"
    )


class Hearing(list[str]):
    """What is said; the first time that it holds one of the texts, something is done about it."""

    def __init__(self, deeds: Mapping[str, Callable[[], object]]) -> None:
        super().__init__()
        self.deeds = dict(deeds)

    def append(self, text: str) -> None:
        super().append(text)
        for word in [w for w in self.deeds if w in text]:
            self.deeds.pop(word)()


@dataclass
class Project:
    """A folder, and the database that its URL names."""

    root: Path
    server: Scratch
    live: psycopg.Connection[Any]
    environ: Mapping[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def versions(self) -> Path:
        return self.root / "migrations" / "versions"

    @property
    def url(self) -> str:
        return self.server.url(self.live)

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def settings(self, **values: Any) -> None:
        lines = [f"{key.replace('_', '-')} = {json.dumps(value)}" for key, value in values.items()]
        self.write({"pyproject.toml": "[tool.todo-db]\n" + "\n".join(lines) + "\n"})

    def history(self, *revisions: tuple[Any, ...], env: str = OUR_ENV) -> None:
        """Revision files `1_<id>.py`, `2_<id>.py` … and an env.py."""
        self.write({"migrations/env.py": env})
        self.versions.mkdir(exist_ok=True)
        for number, parts in enumerate(revisions, 1):
            (self.versions / f"{number}_{parts[0]}.py").write_text(revision(*parts), encoding="utf-8")

    def open(self) -> Workspace:
        """A new workspace; each reads everything anew but what is kept on disk."""
        ws = Workspace(
            load(self.root), url=self.url, environ={**os.environ, **self.environ}, say=self.said.append
        )
        ws.__dict__["scratch"] = self.server  # a server of its own for each test would cost half a second
        return self.stack.enter_context(ws)

    def rows(self, query: str) -> list[Any]:
        return self.live.execute(query.encode()).fetchall()

    @property
    def stamp(self) -> list[str]:
        return sorted(row[0] for row in self.rows("select version_num from alembic_version"))

    def tables(self) -> list[str]:
        """The names of all tables but the ledger, which is there as soon as anything was applied."""
        found = self.rows("select tablename from pg_tables where schemaname = 'public' order by 1")
        return [name for (name,) in found if name != "todo_db_ledger"]

    def ledger(self, columns: str = "revision, action, outcome") -> list[Any]:
        """The ledger's lines, in the order in which they were begun."""
        return self.rows(f"select {columns} from todo_db_ledger order by started")


@pytest.fixture
def project(tmp_path: Path, server: Scratch, make_db: Callable[[str], Any]) -> Iterator[Project]:
    """An empty project whose live database is empty; results are kept within the test's own folder."""
    root = tmp_path / "project"
    root.mkdir()
    with ExitStack() as stack:
        cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        made = Project(root, server, make_db("live"), cache, stack=stack)
        made.settings()
        yield made
