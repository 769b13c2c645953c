"""The migrations' side: the Alembic history, replayed on scratch and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from todo_db.errors import UsageError
from todo_db.schema import Schema
from todo_db.sources import cache, history
from todo_db.sources.history import History, Revision

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace
    from todo_db.startup import Table

SIDE = "migrations"


def head(ws: Workspace) -> str | None:
    """The head of the history, None without any revision. Raises HistoryError where there are several."""
    return history.read(ws.settings).head()


def read(ws: Workspace, revision: str = "head") -> Schema:
    """What the history up to `revision` builds; several revisions are separated by commas.

    Raises UsageError for an unknown revision, HistoryError (exit 3) for a history that cannot be read or has
    several heads, and RevisionFailedError (exit 3), with path and line, for a revision that does not run.
    """
    found = history.read(ws.settings)
    if not found.layout.exists:
        raise UsageError(
            "there are no migrations to read",
            where=str(found.layout.folder),
            hint="`todo-db migrate new -m …` writes the first one",
        )
    wanted = [resolved for name in revision.split(",") if (resolved := found.resolve(name)) is not None]
    return at(ws, found, wanted)


def at(ws: Workspace, found: History, revisions: list[str]) -> Schema:
    """What the history builds up to these revisions, kept for as long as nothing that it read has changed."""
    if ws.settings.tenant is not None:
        from todo_db.sources import tenancy

        return tenancy.at(ws, revisions)
    return built(ws, found, revisions).schema


def digests(ws: Workspace, found: History, revisions: list[str]) -> dict[Table, str]:
    """A digest of each table that the history builds up to these revisions, for `todo_db.assert_schema`."""
    return {(schema, name): digest for schema, name, digest in built(ws, found, revisions).digests}


class Built(NamedTuple):
    """What a replay came to. stand_ins: what was made in the place of others' tables."""

    schema: Schema
    stand_ins: tuple[tuple[str, tuple[str, ...]], ...]
    digests: tuple[tuple[str, str, str], ...]


def built(ws: Workspace, found: History, revisions: list[str]) -> Built:
    applied = found.up_to(revisions)
    known = (*sorted(revisions), str(found.layout), *(r.code_hash() for r in applied))
    if known not in ws.replays:
        ws.replays[known] = _recalled(ws, found, applied, revisions)
    return ws.replays[known]


def _recalled(ws: Workspace, found: History, applied: list[Revision], revisions: list[str]) -> Built:
    scratch = cache.scratch_key(ws)
    key = (",".join(sorted(revisions)), str(found.layout), *ws.settings.schemas, scratch, "digests")
    kept = cache.recall(ws, SIDE, key)
    if kept is not None:
        built = Built(*kept[0])
        names = [name for name, _ in built.stand_ins]
        if not names or built.stand_ins == stand_ins_now(ws, names):
            return built
    return _replayed(ws, applied, key)


def _replayed(ws: Workspace, applied: list[Revision], key: tuple[str, ...]) -> Built:
    from todo_db import startup
    from todo_db.sources.opplaces import places
    from todo_db.sources.replay import replay

    with replay(ws, applied) as result:
        schema = result.schema(SIDE)
        stated = {k: p for k, p in places(applied, ws.settings.root).items() if k[0] in schema.objects}
        schema = replace(schema, places=stated)
        own = ((t.parts[0], t.parts[1]) for t in schema.of("table") if t.key not in schema.external)
        digested = startup.digests(result.connection, own)
        evidence, reasons = result.process.finish()
        stand_ins = tuple((e.key.name, e.statements) for e in result.stand_ins.values())
    built = Built(schema, stand_ins, tuple((s, n, d) for (s, n), d in sorted(digested.items())))
    if not reasons:
        cache.keep(ws, SIDE, key, tuple(built), evidence)
    return built


def stand_ins_now(ws: Workspace, names: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What would stand in for these tables today: spec and models may say something else of them now."""
    from todo_db.sources.externals import externals

    found = {e.key.name: e.statements for e in externals(ws).values()}
    return tuple((name, found.get(name, ())) for name in names)
