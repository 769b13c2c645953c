"""Many revisions as one: it builds the same schema and, of the same rows, the same rows."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from todo_db.errors import UndeterminedError
from todo_db.objects.column import Column
from todo_db.revisions import document, sums
from todo_db.revisions.chain import Chain, Proven, Scribe
from todo_db.revisions.online import simple
from todo_db.revisions.proof import Hold
from todo_db.revisions.rows import count, fill
from todo_db.revisions.rows import sums as sums_of
from todo_db.revisions.text import naming_no_schema
from todo_db.schema import Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.history import History, Revision
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    from todo_db.compare import Respell
    from todo_db.plan import Plan
    from todo_db.settings import Settings
    from todo_db.sources.replay import Replay
    from todo_db.sources.workspace import Workspace

ARCHIVE = "squashed"
"""The folder beside `versions` that keeps the files of the revisions that are no more."""


@dataclass(frozen=True, slots=True)
class Squash:
    """What becomes one. after: the revision before the first of them; the last of them gives its id."""

    history: History
    after: str | None
    revisions: tuple[Revision, ...]
    message: str
    moment: dt.datetime
    width: int

    @property
    def last(self) -> Revision:
        """The revision whose id the new one has."""
        return self.revisions[-1]

    @property
    def before(self) -> list[Revision]:
        """What stays as it is before them."""
        return self.history.up_to([self.after] if self.after else [])


def prove(
    ws: Workspace, squash: Squash, planned: Plan, target: Schema, *, hold: Hold, respell: Respell
) -> Proven:
    """The revision, run up, down and up. Raises RevisionFailedError, NotProvenError, UndeterminedError."""
    from todo_db.sources.externals import externals
    from todo_db.sources.replay import replay

    names = ", ".join(r.id for r in squash.revisions)
    notes = (
        f"takes the place of {len(squash.revisions)} revisions: {names}",
        f"a database that has {squash.last.id} or a later one needs nothing; one in between is brought there "
        f"with the files in {ARCHIVE}/ (a checkout from before) first",
    )
    with (
        naming_no_schema(ws.settings.schema_per_target),
        tempfile.TemporaryDirectory(prefix="todo-db-") as folder,
        replay(ws, squash.before, extra=[Path(folder)]) as run,
    ):
        run.stand_in(externals(ws).values())
        scribe = Scribe(squash.message, squash.after, squash.moment, squash.width, tuple, notes)
        return Chain(run, scribe, hold, respell, Path(folder)).write(simple(planned), target)[0]


# ---- rows -------------------------------------------------------------------------------------------


def lost(ws: Workspace, squash: Squash, proven: Proven) -> list[str]:
    """The columns and tables in which one revision leads to other rows than the many.

    Both begin with the same rows in every table that is there before; what the old ones put into new
    tables is found, too.
    """
    from todo_db.sources.replay import replay

    with replay(ws, squash.before) as run:
        _fill(ws, run)
        try:
            for revision in squash.revisions:
                run.upgrade(revision.id)
        except RevisionFailedError as error:
            if not error.of_rows:
                raise
            raise UndeterminedError(
                f"whether rows would be lost cannot be tried: {error.what}",
                where=error.where,
                hint=error.hint,
            ) from error
        many = _rows(run)
    with tempfile.TemporaryDirectory(prefix="todo-db-") as folder:
        (Path(folder) / f"{proven.id}.py").write_text(proven.text, encoding="utf-8")
        with replay(ws, squash.before, extra=[Path(folder)]) as run:
            _fill(ws, run)
            run.upgrade(proven.id)
            one = _rows(run)
    return list(_other(many, one))


def _fill(ws: Workspace, run: Replay) -> None:
    from todo_db.sources.externals import externals

    run.stand_in(externals(ws).values())
    fill(run.connection, run.schema())


def _rows(run: Replay) -> Mapping[Key, object]:
    """By table how many rows, by column a sum of what is in it."""
    schema = run.schema()
    columns = [o.key for o in schema.objects.values() if isinstance(o, Column)]
    return {**count(run.connection, schema), **sums_of(run.connection, schema, columns)}


def _other(many: Mapping[Key, object], one: Mapping[Key, object]) -> Iterator[str]:
    differing = [k for k in {**many, **one} if many.get(k) != one.get(k)]
    tables = [k.name for k in differing if k.kind == "table"]
    yield from tables
    for key in differing:
        if key.kind == "column" and key.name.rpartition(".")[0] not in tables:
            yield key.name


# ---- files ------------------------------------------------------------------------------------------


def replace_files(settings: Settings, squash: Squash, text: str) -> tuple[Path, list[Path]]:
    """Put the new file in the place of the old ones, which go into the archive; all of it or nothing.

    Gives the new path and those of the old files. Raises UndeterminedError where the history is another now.
    """
    layout = squash.history.layout
    now = histories.read(settings)
    if {r: now.revisions[r].code_hash() for r in now.revisions} != {
        r: squash.history.revisions[r].code_hash() for r in squash.history.revisions
    }:
        raise UndeterminedError(
            "while the revision was proven, the history changed; nothing was written",
            where=str(layout.folder),
            hint="run the command again",
        )
    archive = layout.folder / ARCHIVE
    archive.mkdir(exist_ok=True)
    moves = [(r.path, archive / r.path.name) for r in squash.revisions]
    done: list[tuple[Path, Path]] = []
    path = squash.last.path.parent / _name(squash)
    try:
        for old, kept in moves:
            old.replace(kept)
            done.append((old, kept))
        path.write_text(text, encoding="utf-8")
        written = histories.read(settings)
        sums.remember(written, [written.revisions[squash.last.id]])
    except BaseException:
        path.unlink(missing_ok=True)
        for old, kept in done:
            kept.replace(old)
        raise
    return path, [kept for _, kept in moves]


def _name(squash: Squash) -> str:
    """Names sort as the history does, so that the last one's time stays."""
    stamp = squash.last.path.name[:14]
    if stamp.isdigit() and len(stamp) == 14:
        return f"{stamp}_{document.slug(squash.message)}.py"
    return squash.last.path.name


def with_id(proven: Proven, name: str) -> str:
    """The file's text, with another id."""
    return proven.text.replace(proven.id, name)
