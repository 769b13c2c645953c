"""Writes the next revisions: planned, rendered, proven on scratch, and only then put into the folder."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from todo_db.objects.change import Hazard
from todo_db.plan import Change, Plan, Refusal, plan
from todo_db.revisions import environment, measure
from todo_db.revisions.chain import Chain, Proven, Scribe
from todo_db.revisions.code import WIDTH
from todo_db.revisions.online import Situation, online, simple
from todo_db.revisions.proof import Hold, NotProvenError
from todo_db.revisions.publish import publish
from todo_db.revisions.spelling import plainly
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
    """Revisions that were proven and are in the folder, in the order in which they are applied."""

    revisions: tuple[Proven, ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be written: a message, the head that it follows, and the way there.

    simple: one revision in the plain form, for a database that nobody uses yet.
    """

    message: str
    history: History
    before: Schema
    target: Schema
    planned: Planned
    moment: dt.datetime
    width: int = WIDTH
    simple: bool = False


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
    try:
        return _attempt(ws, request, hold, respell, plain=True)
    except (NotProvenError, RevisionFailedError):
        return _attempt(ws, request, hold, respell, plain=False)


def _attempt(ws: Workspace, request: Request, hold: Hold, respell: Respell | None, *, plain: bool) -> Written:
    """One try. plain: expressions as people write them rather than in PostgreSQL's own words."""
    from todo_db.sources.externals import externals
    from todo_db.sources.replay import replay

    head = request.history.head()
    applied = request.history.up_to([head] if head else [])
    with (
        environment.provided(request.history.layout),
        tempfile.TemporaryDirectory(prefix="todo-db-") as folder,
        replay(ws, applied, extra=[Path(folder)]) as run,
    ):
        run.stand_in(externals(ws).values())
        planned = request.planned.plan
        stages = simple(planned) if request.simple else online(planned, _situation(request, run))
        scribe = Scribe(request.message, head, request.moment, request.width, plainly if plain else tuple)
        links = Chain(run, scribe, hold, respell, Path(folder)).write(stages, request.target)
        paths = publish(ws.settings, head, [(link.message, link.text) for link in links], request.moment)
    return Written(tuple(links), tuple(paths))


def _situation(request: Request, run: Replay) -> Situation:
    planned = request.planned.plan
    relations = ("table", "foreign table", "materialized view")
    new = {c.object.key for c in planned.changes if c.action == "create" and c.object.kind in relations}
    rewriting = measure.rewriting(run.connection, planned.changes)
    return Situation(
        before=request.before,
        after=request.target,
        new=frozenset(new),
        rewrites=lambda change: (change.action, change.object.key) in rewriting,
    )
