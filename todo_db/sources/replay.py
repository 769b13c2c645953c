"""A history, replayed on scratch: revision after revision, with stand-ins for what others have to make."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from todo_db.errors import TodoDbError
from todo_db.schema import Key, Schema
from todo_db.sources.history import Revision
from todo_db.sources.layout import find
from todo_db.sources.lending import create_lent, lacks_create
from todo_db.sources.redirect import Executed
from todo_db.sources.replayprocess import ReplayProcess
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    import psycopg

    from todo_db.sources.externals import External
    from todo_db.sources.workspace import Workspace

    Connection = psycopg.Connection[tuple[Any, ...]]

_UNDEFINED_TABLE, _UNDEFINED_SCHEMA = "42P01", "3F000"
_UNDEFINED_OBJECT = "42704"
_NO_ROLE = re.compile(r'role "((?:[^"]|"")+)" does not exist')
_QUOTED = re.compile(r'"((?:[^"]|"")+)"')


@dataclass(slots=True)
class Replay:
    """A scratch database to which revisions were applied.

    executed: the statements of each. steps: the revisions before which a look was taken, with what the
    database held before and after. hidden: what stand-ins brought along (types, sequences).
    """

    connection: Connection
    process: ReplayProcess
    url: str = field(repr=False)
    version_table: Key
    schemas: tuple[str, ...] = ()
    extra: tuple[Path, ...] = ()
    stand_ins: dict[Key, External] = field(default_factory=dict)
    hidden: frozenset[Key] = frozenset()
    executed: dict[str, list[Executed]] = field(default_factory=dict)
    steps: list[tuple[Revision, Schema, Schema]] = field(default_factory=list)

    def upgrade(self, revision: str) -> None:
        """Apply one more revision. Raises RevisionFailedError."""
        self.executed[revision] = self._allowed(lambda: self.process.upgrade(revision))

    def measure(self, revision: str) -> tuple[dict[str, Any], RevisionFailedError | None]:
        """Apply one more revision and see what its statements do; and why it failed, if it did."""
        told, error = self.process.measure(revision)
        if not lacks_create(error):
            return told, error
        with create_lent(self.connection):
            return self.process.measure(revision)

    def downgrade(self, revision: str) -> None:
        """Take one revision back. Raises RevisionFailedError."""
        self.executed[f"-{revision}"] = self._allowed(lambda: self.process.downgrade(revision))

    def _allowed(self, run: Callable[[], list[Executed]]) -> list[Executed]:
        """Run a revision; where a role that it names may not own what it is given, that is allowed it."""
        try:
            return run()
        except RevisionFailedError as error:
            if not lacks_create(error):
                raise
        with create_lent(self.connection):
            return run()

    def go(self, revision: Revision, *, look: bool) -> None:
        """Apply a revision; with `look`, keep what the database held before and after."""
        before = (self.steps[-1][2] if self.steps else self.schema()) if look else None
        self.upgrade(revision.id)
        if before is not None:
            self.steps.append((revision, before, self.schema()))

    def reload(self) -> None:
        """Take notice of revision files that came in since."""
        self.process.use(self.url, self.extra)

    def schema(self, side: str = "migrations") -> Schema:
        """What the database holds now."""
        from todo_db.postgres import catalog

        found = catalog.read(self.connection, side=side, schemas=self.schemas or None)
        found = without_table(found, self.version_table)
        objects = {k: o for k, o in found.objects.items() if k not in self.hidden}
        return replace(found, objects=objects, external=frozenset(self.stand_ins), states_externals=False)

    def stand_in(self, externals: Iterable[External]) -> None:
        """Make stand-ins for those of the tables that are not there."""
        wanted = list(externals)
        before = self.schema().objects if wanted else {}
        made = [e for e in wanted if e.key not in before]
        if not made:
            return
        for external in made:
            make_stand_in(self.connection, external)
            self.stand_ins[external.key] = external
        brought = {k: o for k, o in self.schema().objects.items() if k not in before}
        tables = {e.key for e in made}
        self.hidden |= {k for k, o in brought.items() if k not in tables and o.parent not in tables}


@contextmanager
def replay(
    ws: Workspace,
    revisions: Sequence[Revision],
    *,
    extra: Iterable[Path] = (),
    pause_before: Collection[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Replay]:
    """Apply the revisions, in this order, to a new scratch database, which is dropped afterwards.

    What the history lacks because somebody else makes it is put in as a stand-in, but only once the history
    fails for want of it: a history that makes the table itself never meets one. pause_before: revisions
    whose effect goes into `steps`. progress: told each revision.
    Raises RevisionFailedError for a revision that fails nevertheless.
    """
    ws = ws.whole  # scratch has no schema of a customer
    current = _applied(ws, revisions, tuple(extra), pause_before, progress)
    try:
        yield current
    finally:
        ws.scratch.drop(current.connection)


def _applied(
    ws: Workspace,
    revisions: Sequence[Revision],
    extra: tuple[Path, ...],
    pause_before: Collection[str],
    progress: Callable[[str], None],
) -> Replay:
    """A database with the revisions, begun anew with one more stand-in as often as one is missing."""
    stand_ins: dict[Key, External] = {}
    roles: set[str] = set()
    while True:
        current = _begin(ws, process_of(ws), extra)
        try:
            current.stand_in(stand_ins.values())
            for revision in revisions:
                progress(f"{revision.id} {revision.message}".rstrip())
                current.go(revision, look=revision.id in pause_before)
        except RevisionFailedError as error:
            ws.scratch.drop(current.connection)
            if made_role(ws, error, roles):
                continue
            wanted = missing(ws, error, stand_ins)
            if wanted is None:
                raise
            stand_ins[wanted.key] = wanted
        except BaseException:
            ws.scratch.drop(current.connection)
            raise
        else:
            return current


_processes: WeakKeyDictionary[Workspace, ReplayProcess] = WeakKeyDictionary()


def process_of(ws: Workspace) -> ReplayProcess:
    """The one process in which this workspace's revisions run: starting it is what takes time."""
    if ws not in _processes:
        _processes[ws] = ws.enter(ReplayProcess(ws.settings, environ=ws.environ))
    return _processes[ws]


def _begin(ws: Workspace, process: ReplayProcess, extra: tuple[Path, ...]) -> Replay:
    if ws.settings.app_role is not None:
        ws.scratch.ensure_roles([ws.settings.app_role])
    connection = ws.scratch.database("migrations")
    url = ws.scratch.url(connection)
    process.use(url, extra)
    return Replay(connection, process, url, find(ws.settings).version_key, ws.settings.schemas, extra)


def without_table(schema: Schema, table: Key) -> Schema:
    """The schema without a table and what lives in it."""
    if table not in schema.objects:
        return schema
    return replace(schema, objects={k: o for k, o in schema.objects.items() if table not in (k, o.parent)})


def missing(ws: Workspace, error: RevisionFailedError, known: dict[Key, External]) -> External | None:
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


def made_role(ws: Workspace, error: RevisionFailedError, known: set[str]) -> bool:
    """Whether the history failed for want of a role, which is there now."""
    found = _NO_ROLE.search(error.failed.message) if error.failed.sqlstate == _UNDEFINED_OBJECT else None
    if found is None or (name := found[1].replace('""', '"')) in known:
        return False
    known.add(name)
    ws.scratch.ensure_roles([name])
    return True


def make_stand_in(connection: Connection, external: External) -> None:
    """Make a table in the place of somebody else's; what is there already is left as it is."""
    import psycopg

    for statement in external.statements:
        with (
            suppress(psycopg.errors.DuplicateObject, psycopg.errors.DuplicateTable),
            connection.transaction(),
        ):
            connection.execute(statement.encode(), prepare=False)
