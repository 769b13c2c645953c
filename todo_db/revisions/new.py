"""Writes the next revisions: planned, rendered, proven on scratch, and only then put into the folder."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from todo_db.errors import UndeterminedError
from todo_db.objects.change import Hazard
from todo_db.plan import Change, Plan, Refusal, plan
from todo_db.revisions import environment, measure
from todo_db.revisions.chain import Chain, Proven, Scribe
from todo_db.revisions.code import WIDTH
from todo_db.revisions.online import Part, Situation, Stage, Way, online, simple
from todo_db.revisions.proof import Hold, NotProvenError, Rows
from todo_db.revisions.publish import publish
from todo_db.revisions.renames import Rename
from todo_db.revisions.rows import Filled
from todo_db.revisions.spelling import plainly
from todo_db.revisions.text import naming_no_schema
from todo_db.schema import Key, Schema
from todo_db.sources.history import History
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    from todo_db.compare import Respell
    from todo_db.sources.replay import Replay
    from todo_db.sources.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Planned:
    """What a revision would have to do. lost: the objects whose data would be thrown away."""

    plan: Plan
    lost: tuple[Key, ...]

    @property
    def refusals(self) -> Sequence[Refusal]:
        return self.plan.refusals

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.plan.changes and not self.plan.refusals


@dataclass(frozen=True, slots=True)
class Written:
    """Revisions that were proven and are in the folder, in the order in which they are applied.

    filled: the rows that they were proven with. without_rows: why the tables had to be empty for that.
    """

    revisions: tuple[Proven, ...]
    paths: tuple[Path, ...]
    filled: Filled = field(default_factory=Filled)
    without_rows: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be written: a message, the head that it follows, and the way there.

    simple: one revision in the plain form, for a database that nobody uses yet. lossy: values may be lost.
    data: expressions for columns that the rows which are there have to be given. renames: what comes first;
    `before` is what they lead to.
    """

    message: str
    history: History
    before: Schema
    target: Schema
    planned: Planned
    moment: dt.datetime
    width: int = WIDTH
    simple: bool = False
    lossy: bool = False
    data: Mapping[Key, str] = field(default_factory=dict)
    renames: tuple[Rename, ...] = ()
    reason: str = ""  # why data may be thrown away
    cut: Mapping[Key, str] = field(default_factory=dict)  # columns and enums that cannot keep every value


def find_changes(before: Schema, target: Schema, respell: Respell | None = None) -> Planned:
    """What leads from the history to the target."""
    found = plan(before, target, respell=respell)
    return Planned(found, tuple(dict.fromkeys(c.object.key for c in found.changes if _loses_data(c))))


def _loses_data(change: Change) -> bool:
    return any(Hazard.LOSES_DATA in s.hazards for s in change.statements)


def write(ws: Workspace, request: Request, hold: Hold, respell: Respell | None = None) -> Written:
    """Write and prove the revisions; nothing is left in the folder unless all of them are proven.

    Raises RevisionFailedError, NotProvenError or UndeterminedError (exit 3).
    """
    reason: str | None = None
    for plain, rows in ((True, True), (True, False), (False, True), (False, False)):
        if not rows and reason is None:
            continue  # it was not the rows
        try:
            written = _attempt(ws, request, hold, respell, plain=plain, rows=rows)
        except RevisionFailedError as error:
            last: Exception = error
            reason = error.failed.message if error.of_rows else None
        except NotProvenError as error:
            last, reason = error, None
        else:
            return replace(written, without_rows=None if rows else reason)
    raise last


def _attempt(
    ws: Workspace, request: Request, hold: Hold, respell: Respell | None, *, plain: bool, rows: bool
) -> Written:
    """One try. plain: expressions as people write them rather than in PostgreSQL's own words."""
    from todo_db.sources.externals import externals
    from todo_db.sources.replay import replay

    head, heads = request.history.head(), request.history.heads
    applied = request.history.up_to(heads)
    with (
        environment.provided(request.history.layout),
        naming_no_schema(ws.settings.schema_per_target),
        tempfile.TemporaryDirectory(prefix="todo-db-") as folder,
        replay(ws, applied, extra=[Path(folder)]) as run,
    ):
        run.stand_in(externals(ws).values())
        planned = request.planned.plan
        stages = simple(planned) if request.simple else online(planned, _situation(request, run))
        stages = [*_renaming(request.renames), *stages]
        scribe = Scribe(request.message, head, request.moment, request.width, plainly if plain else tuple)
        scribe = replace(scribe, reason=request.reason, cut=request.cut)
        data = Rows(run.connection) if rows else None
        links = Chain(run, scribe, hold, respell, Path(folder), data, request.lossy).write(
            stages, request.target
        )
        paths = publish(ws.settings, heads, [(link.message, link.text) for link in links], request.moment)
    return Written(tuple(links), tuple(paths), data.filled if data is not None else Filled())


def renamed(ws: Workspace, history: History, renames: Sequence[Rename]) -> Schema:
    """What the history builds, with other names. Raises UndeterminedError where a name cannot be given."""
    import psycopg

    from todo_db.sources.externals import externals
    from todo_db.sources.replay import replay

    head = history.head()
    with replay(ws, history.up_to([head] if head else [])) as run:
        run.stand_in(externals(ws).values())
        for rename in renames:
            try:
                for statement in rename.there().statements:
                    run.connection.execute(statement.sql.encode(), prepare=False)
            except psycopg.Error as error:
                raise UndeterminedError(
                    f"{rename.object.key.kind} {rename.object.key.name} cannot be called {rename.name}: "
                    f"{error.diag.message_primary}"
                ) from error
        return run.schema("before")


def _renaming(renames: Sequence[Rename]) -> list[Stage]:
    """The revision that renames, and nothing else: its way back is not to be found by looking."""
    if not renames:
        return []
    part = Part(
        changes=tuple(r.there() for r in renames),
        what="rename " + ", ".join(r.object.parts[-1] for r in renames),
        undo=tuple(r.back() for r in reversed(renames)),
    )
    return [Stage(Way.TOGETHER, [part])]


def _situation(request: Request, run: Replay) -> Situation:
    planned = request.planned.plan
    relations = ("table", "foreign table", "materialized view")
    new = {c.object.key for c in planned.changes if c.action == "create" and c.object.kind in relations}
    first = [r.there() for r in request.renames]
    rewriting = measure.rewriting(run.connection, [*first, *planned.changes])
    return Situation(
        before=request.before,
        after=request.target,
        new=frozenset(new),
        rewrites=lambda change: (change.action, change.object.key) in rewriting,
        data=request.data,
    )
