"""The project at hand: its settings, its scratch server and its sides, each read at most once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import cached_property
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from todo_db.errors import UsageError
from todo_db.settings import Settings, load

if TYPE_CHECKING:
    from todo_db.findings import Finding
    from todo_db.postgres.scratch import Scratch
    from todo_db.postgres.target import Purpose, Target
    from todo_db.schema import Schema
    from todo_db.sources.imported.process import Import
    from todo_db.sources.migrations import Built
    from todo_db.spec.document import Specification

T = TypeVar("T")

SIDES = ("spec", "models", "migrations", "live")
_URL = re.compile(r"[a-z][a-z0-9+]*://", re.IGNORECASE)


class Workspace:
    """Use as a context manager: it ends the scratch server and closes connections.

    url: the database named on the command line, if any. spec, answers: files named on the command line.
    say: receives progress for people (stderr), one line each. scratch: another workspace's, to be shared;
    replays: what the history was found to build, shared by workspaces of one project.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        url: str | None = None,
        spec: tuple[Path, ...] = (),
        answers: tuple[Path, ...] = (),
        environ: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
        scratch: Scratch | None = None,
        replays: dict[Any, Built] | None = None,
    ) -> None:
        self.settings = settings or load()
        if url is not None and self.settings.tenant is None and "schema" in url.lower():
            from todo_db.postgres import tenant

            url, schema = tenant.split(url, options=False)
            self.settings = self.settings.of_tenant(schema)
        self.url = url
        self.spec_paths = spec or self.settings.spec
        # those of the settings answer the project's spec, not another one that the command line names
        self.answer_paths = answers or (() if spec else self.settings.answers)
        self.environ = os.environ if environ is None else environ
        self.say = say
        self.replays = {} if replays is None else replays
        self._shared_scratch = scratch
        self.spec_findings: list[Finding] = []  # what of the spec could not be built; filled by its reader
        self.begun: dict[str, Import] = {}  # what `expect` set going, by side
        self._stack = ExitStack()
        self._sides: dict[str, Schema] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def enter(self, resource: AbstractContextManager[T]) -> T:
        """Enter a context that is left when the workspace is."""
        return self._stack.enter_context(resource)

    def expect(self, *sides: str) -> None:
        """Set going what takes long of these sides, so that it is done while others are read."""
        if "models" in sides:
            from todo_db.sources import models

            if models.begin(self):
                self._start_scratch()

    def _start_scratch(self) -> None:
        """Have the scratch server start in a thread; who needs it waits for it, and hears why it can't."""
        scratch = self.scratch

        def start() -> None:
            with suppress(Exception):
                scratch.server_version  # noqa: B018 - asking for it starts the server

        Thread(target=start, daemon=True).start()

    @cached_property
    def scratch(self) -> Scratch:
        """The throwaway server; it starts when it is first asked for a database."""
        if self._shared_scratch is not None:
            return self._shared_scratch
        from todo_db.postgres.scratch import Scratch

        return self._stack.enter_context(Scratch(self.environ))

    @cached_property
    def whole(self) -> Workspace:
        """The project without a target of one schema, in which everything lies where its files say."""
        if self.settings.whole is None:
            return self
        return self._stack.enter_context(
            Workspace(
                self.settings.whole,
                spec=self.spec_paths,
                environ=self.environ,
                say=self.say,
                scratch=self.scratch,
                replays=self.replays,
            )
        )

    @cached_property
    def specification(self) -> Specification:
        """The spec as a document, with its own findings."""
        from todo_db.sources.spec import read_document

        return read_document(self)

    @cached_property
    def read_target(self) -> Target:
        """The live database, as it is reached for reading."""
        return self._target("read")

    @cached_property
    def migrate_target(self) -> Target:
        """The live database, as it is reached for changing it (never through a transaction pooler)."""
        return self._target("migrate")

    def _target(self, purpose: Purpose) -> Target:
        from todo_db.postgres.target import resolve

        names = (self.settings.database_url, self.settings.direct_url)
        return resolve(
            self.url, project=self.settings.root, purpose=purpose, environ=self.environ, names=names
        )

    def side(self, name: str) -> Schema:
        """Read a SIDE: spec, models, migrations, migrations@REV, live, a URL, or a .md/.yaml/.sql file.

        Raises UsageError for a name that is none of these, and whatever reading it raises.
        """
        if name not in self._sides:
            self._sides[name] = self._read(name)
        return self._sides[name]

    def _read(self, name: str) -> Schema:
        # Late imports: each side brings its own libraries, and a command reads only what it needs.
        base, _, revision = name.partition("@")
        if self.settings.tenant is not None and name in ("spec", "models"):
            raise UsageError(
                f"the target is the schema {self.settings.tenant}, and the {name} speak of the usual one",
                hint="leave the schema out of --url: what a schema is held against are the migrations",
            )
        if name == "spec":
            from todo_db.sources import spec

            return spec.read(self)
        if name == "models":
            from todo_db.sources import models

            return models.read(self)
        if base == "migrations" and (revision or "@" not in name):
            from todo_db.sources import migrations

            return migrations.read(self, revision or "head")
        if name == "live":
            from todo_db.sources import database

            return database.read(self)
        if _URL.match(name):
            from todo_db.sources import database

            return database.read_url(self, name)
        return self._read_file(name)

    def _read_file(self, name: str) -> Schema:
        path = Path(name)
        suffix = path.suffix.lower()
        if suffix in (".md", ".markdown", ".yaml", ".yml") or path.is_dir():
            from todo_db.sources import spec

            return spec.read_paths(self, (path,), side=name)
        if suffix == ".sql":
            from todo_db.sources import sqlfile

            return sqlfile.read(self, path)
        raise UsageError(
            f"{name!r} is not a side",
            hint=f"a side is {', '.join(SIDES)}, migrations@REV, a postgresql:// URL, "
            "or a .md, .yaml or .sql file",
        )
