"""A history, replayed on scratch: revision after revision, with stand-ins for what others have to make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError
from todo_db.schema import Key, Schema
from todo_db.sources.history import Revision
from todo_db.sources.redirect import Executed
from todo_db.sources.replayprocess import ReplayProcess
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    import psycopg

    from todo_db.sources.externals import External
    from todo_db.sources.workspace import Workspace

    Connection = psycopg.Connection[tuple[Any, ...]]

_UNDEFINED_TABLE, _UNDEFINED_SCHEMA = "42P01", "3F000"
_QUOTED = re.compile(r'"((?:[^"]|"")+)"')


@dataclass(slots=True)
class Replay:
    """A scratch database to which revisions were applied. executed: the statements of each, in order."""

    connection: Connection
    process: ReplayProcess
    url: str = field(repr=False)
    stand_ins: dict[Key, External] = field(default_factory=dict)
    executed: dict[str, list[Executed]] = field(default_factory=dict)

    def upgrade(self, revision: str) -> None:
        """Apply one more revision. Raises RevisionFailedError."""
        self.executed[revision] = self.process.upgrade(revision)

    def downgrade(self, revision: str) -> None:
        """Take one revision back. Raises RevisionFailedError."""
        self.executed[f"-{revision}"] = self.process.downgrade(revision)

    def reload(self) -> None:
        """Take notice of revision files that came in since."""
        self.process.use(self.url)

    def schema(self, side: str = "migrations") -> Schema:
        """What the database holds now."""
        from todo_db.postgres import catalog

        found = catalog.read(self.connection, side=side)
        return replace(found, external=frozenset(self.stand_ins), states_externals=False)


@contextmanager
def replay(
    ws: Workspace,
    revisions: Sequence[Revision],
    *,
    extra: Iterable[Path] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Replay]:
    """Apply the revisions, in this order, to a new scratch database, which is dropped afterwards.

    What the history lacks because somebody else makes it is put in as a stand-in, but only once the history
    fails for want of it: a history that makes the table itself never meets one. progress: told each revision.
    Raises RevisionFailedError for a revision that fails nevertheless.
    """
    stand_ins: dict[Key, External] = {}
    with ExitStack() as stack:
        connection = ws.scratch.database("migrations")
        url = ws.scratch.url(connection)
        process = stack.enter_context(ReplayProcess(ws.settings, url, environ=ws.environ, extra=extra))
        stack.callback(lambda: ws.scratch.drop(connection))
        while True:
            current = Replay(connection, process, url, stand_ins)
            try:
                _make(connection, stand_ins.values())
                for revision in revisions:
                    progress(revision.id)
                    current.upgrade(revision.id)
                break
            except RevisionFailedError as error:
                missing = _missing(ws, error, stand_ins)
                if missing is None:
                    raise
                stand_ins[missing.key] = missing
                ws.scratch.drop(connection)
                connection = ws.scratch.database("migrations")
                url = ws.scratch.url(connection)
                process.use(url)
        yield current


def _missing(ws: Workspace, error: RevisionFailedError, known: dict[Key, External]) -> External | None:
    """The external table for want of which a revision failed; None where it failed for another reason."""
    if error.failed.sqlstate not in (_UNDEFINED_TABLE, _UNDEFINED_SCHEMA):
        return None
    from todo_db.sources.externals import externals

    try:
        found = externals(ws)
    except TodoDbError as reason:
        error.hint = f"{error.hint or ''}; it may be a table of somebody else, but {reason.what}".lstrip("; ")
        return None
    names = {name.replace('""', '"') for name in _QUOTED.findall(error.failed.message)}
    for external in found.values():
        called = {external.name, f"{external.schema}.{external.name}"}
        if error.failed.sqlstate == _UNDEFINED_SCHEMA:
            called = {external.schema}
        if external.key not in known and names & called:
            return external
    said = "if somebody else makes that table, say so in the spec (managed by …), with what you rely on"
    error.hint = f"{error.hint}; {said}" if error.hint else said
    return None


def _make(connection: Connection, stand_ins: Iterable[External]) -> None:
    for external in stand_ins:
        make_stand_in(connection, external)


def make_stand_in(connection: Connection, external: External) -> None:
    """Make a table in the place of somebody else's."""
    for statement in external.statements:
        connection.execute(statement.encode(), prepare=False)
