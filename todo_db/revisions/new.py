"""Writes the next revision: planned, rendered, proven on scratch, and only then put into the folder."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError
from todo_db.objects.change import Hazard
from todo_db.plan import Change, Plan, Refusal, plan
from todo_db.revisions import document, environment, sums
from todo_db.revisions.code import WIDTH
from todo_db.revisions.document import Draft
from todo_db.revisions.proof import Hold, NotProvenError, Proof, prove
from todo_db.revisions.render import render
from todo_db.revisions.spelling import plainly
from todo_db.schema import Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.history import History
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from todo_db.compare import Respell
    from todo_db.sources.replay import Replay
    from todo_db.sources.workspace import Workspace

_UNSAFE_USE_OF_NEW_LABEL = "55P04"


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
    """A revision that was proven and is in the folder."""

    id: str
    path: Path
    what: tuple[str, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Request:
    """What a revision is to be: its message, the head that it follows, and the way there."""

    message: str
    history: History
    before: Schema
    target: Schema
    planned: Planned
    moment: dt.datetime
    width: int = WIDTH


def find_changes(before: Schema, target: Schema, respell: Respell | None = None) -> Planned:
    """What leads from the history to the target."""
    found = plan(before, target, respell=respell)
    return Planned(found, tuple(dict.fromkeys(c.object.key for c in found.changes if _loses_data(c))))


def _loses_data(change: Change) -> bool:
    return any(Hazard.LOSES_DATA in s.hazards for s in change.statements)


def write(ws: Workspace, request: Request, hold: Hold, respell: Respell | None = None) -> Written:
    """Write and prove the revision; nothing is left in the folder unless it is proven.

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
    identifier = uuid.uuid4().hex[-12:]
    applied = request.history.up_to([head] if head else [])
    with (
        environment.provided(request.history.layout),
        tempfile.TemporaryDirectory(prefix="todo-db-") as folder,
        replay(ws, applied, extra=[Path(folder)]) as run,
    ):
        run.stand_in(externals(ws).values())
        after = _really_after(ws, request, run)
        down = _way_back(request, after, respell)
        text = _text(request, identifier, after, down, plain=plain)
        (Path(folder) / f"{identifier}.py").write_text(text, encoding="utf-8")
        run.reload()
        proof = prove(run, identifier, request.before, request.target, hold)
        path = _publish(ws, request, head, text)
    what = tuple(document.describe(request.planned.plan.changes))
    return Written(identifier, path, what, proof)


def _way_back(request: Request, after: Schema, respell: Respell | None) -> Plan:
    down = plan(after, request.before, respell=respell)
    if down.refusals:
        refusal = down.refusals[0]
        raise UndeterminedError(
            f"there is no way back: {refusal.key.kind} {refusal.key.name}: {refusal.reason}",
            hint=refusal.instead,
        )
    return down


def _really_after(ws: Workspace, request: Request, run: Replay) -> Schema:
    """What the plan's own statements lead to: the whole catalog, where the target leaves things unsaid."""
    import psycopg

    statements = request.planned.plan.statements
    try:
        with run.connection.transaction(force_rollback=True):
            for statement in statements:
                run.connection.execute(statement.sql.encode(), prepare=False)
            return run.schema("after")
    except psycopg.Error as error:
        if error.sqlstate != _UNSAFE_USE_OF_NEW_LABEL:
            raise UndeterminedError(
                f"the planned statements do not run: {error.diag.message_primary}",
                hint="please report this, with both schemas: the revision was not written",
            ) from error
    with _second_replay(ws, request) as other:
        other.stand_in(run.stand_ins.values())
        for statement in statements:
            other.connection.execute(statement.sql.encode(), prepare=False)
        return other.schema("after")


@contextmanager
def _second_replay(ws: Workspace, request: Request) -> Iterator[Replay]:
    """A database of its own: a new label of an enum can be used only once it is committed."""
    from todo_db.sources.replay import replay

    head = request.history.head()
    with replay(ws, request.history.up_to([head] if head else [])) as run:
        yield run


def _text(request: Request, identifier: str, after: Schema, down: Plan, *, plain: bool) -> str:
    up = request.planned.plan
    variables = document.variables([*up.changes, *down.changes])
    names = {key: name for key, (name, _) in variables.items()}
    spelled = plainly if plain else tuple
    return document.write(
        Draft(
            id=identifier,
            down=request.history.head(),
            message=request.message,
            created=request.moment,
            upgrade=render(spelled(up.changes), request.before, after, names),
            downgrade=render(spelled(down.changes), after, request.before, names),
            enums=dict(variables.values()),
            what=document.describe(up.changes),
            lost=_losses(request.planned, down),
            width=request.width,
        )
    )


def _losses(planned: Planned, down: Plan) -> list[str]:
    """What the docstring says about data."""
    lost = [k for k in planned.lost if k.kind in ("table", "column")]
    lines = [f"throws away what is in {_names(lost)}; no downgrade brings it back"] if lost else []
    found = dict.fromkeys(c.object.key for c in down.changes if _loses_data(c))
    back = [k for k in found if k.kind in ("table", "column")]
    return lines + ([f"the downgrade throws away what is in {_names(back)}"] if back else [])


def _names(keys: Sequence[Key]) -> str:
    """'tables a and b, column c.d'."""
    said = []
    for kind in ("table", "column"):
        names = [_short(k) for k in keys if k.kind == kind]
        if names:
            listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
            said.append(f"{kind}{'s' if len(names) > 1 else ''} {listed}")
    return ", ".join(said)


def _short(key: Key) -> str:
    return key.name.removeprefix("public.")


def _publish(ws: Workspace, request: Request, head: str | None, text: str) -> Path:
    """Put the file into the folder under a name of its own; another revision may have come in meanwhile."""
    now = histories.read(ws.settings)
    if now.head() != head:
        raise UndeterminedError(
            f"while the revision was proven, another one came in: {now.head()}",
            where=str(now.layout.folder),
            hint="run the command again: the revision has to follow the new head",
        )
    folder = now.layout.versions[0]
    folder.mkdir(parents=True, exist_ok=True)
    path = _place(folder, request.message, request.moment, [r.path for r in now.revisions.values()], text)
    written = histories.read(ws.settings)
    sums.remember(written, [r for r in written.revisions.values() if r.path == path])
    return path


def _place(folder: Path, message: str, now: dt.datetime, others: Sequence[Path], text: str) -> Path:
    """Make the file, with a time later than that of every other, so that names sort as the history does."""
    stamps = {p.name[:14] for p in others if p.name[:14].isdigit()}
    moment = now.replace(microsecond=0)
    if stamps and f"{moment:%Y%m%d%H%M%S}" <= (last := max(stamps)):
        moment = _moment_after(last, moment)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        while True:
            path = folder / document.file_name(moment, message)
            try:
                os.link(temporary, path)  # fails where somebody else has the name, which rename would not
            except FileExistsError:
                moment += dt.timedelta(seconds=1)
            else:
                return path
    finally:
        Path(temporary).unlink()


def _moment_after(stamp: str, fallback: Any) -> dt.datetime:
    try:
        last = dt.datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return fallback  # type: ignore[no-any-return]
    return last + dt.timedelta(seconds=1)
