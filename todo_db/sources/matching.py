"""Which revision a database equals: its schema held against what the history builds, revision by revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from todo_db.compare import EXISTENCE, compare
from todo_db.schema import DbObject, Key, Schema, fact_fields
from todo_db.sources import cache, history, migrations
from todo_db.sources.history import History, Revision

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace

KEPT = "states"
_MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class Match:
    """The point of the history whose schema is nearest to a database's.

    revisions: what `alembic_version` would hold there; () is the empty database before the first revision.
    differences: in how many facts and objects the two differ; 0 is a proof that they are the same.
    alike: later points with the very same schema, between which only rows were changed. schema: what the
    history builds there.
    """

    revisions: tuple[str, ...]
    differences: int
    schema: Schema
    alike: tuple[tuple[str, ...], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the database is what these revisions build, as far as PostgreSQL can tell."""
        return self.differences == 0

    @property
    def name(self) -> str:
        """The revisions as `alembic stamp` takes them."""
        return ",".join(self.revisions) or "base"


@dataclass(frozen=True, slots=True)
class _State:
    """A point of the history: what is new or changed there against the point before, and what is gone."""

    revisions: tuple[str, ...]
    changed: Mapping[Key, DbObject]
    gone: tuple[Key, ...]


def revision_that_equals(ws: Workspace, live: Schema, found: History | None = None) -> Match:
    """The point of the history that `live` equals, or else the nearest; of several alike the first.

    live: a database's schema; tables in its `external` are left out. found: the history, where it was read
    already. Every revision is replayed once and looked at after; what was seen is kept for as long as
    nothing that it was made from changes. Raises what replaying raises.
    """
    found = found or history.read(ws.settings)
    whole = ws.whole
    states = _states(whole, found if whole is ws else history.read(whole.settings))
    points = _alike(states)
    best = None
    for group in _nearest(states, points, live if whole is ws else as_usual(ws, live)):
        schema = migrations.at(ws, found, list(group[0]))
        differences = differences_between(ws, schema, live)
        if best is None or differences < best.differences:
            best = Match(group[0], differences, schema, tuple(group[1:]))
        if best.exact:
            break
    assert best is not None  # the empty database is always a point  # noqa: S101
    return best


def differences_between(ws: Workspace, built: Schema, live: Schema) -> int:
    """In how much a database differs from what revisions build; scratch is the judge of spelling."""
    from todo_db.sources.respell import Respeller

    respeller = Respeller(ws.scratch)
    result = compare([built, live], respell=respeller)
    members = Counter(o.parent for side in result.sides for o in side.objects.values())
    whole = sum(members[d.any.key] for d in result if d.fact == EXISTENCE)  # a table with all that is in it
    return len(result) + whole + len(respeller.unknown)


# ---- the points of a history -------------------------------------------------------------------


def _states(ws: Workspace, found: History) -> tuple[_State, ...]:
    """All points, from the empty database to the newest revision; from the cache where that holds."""
    key = (str(found.layout), *ws.settings.schemas, cache.scratch_key(ws))
    kept = cache.recall(ws, KEPT, key)
    if kept is not None:
        rows, stand_ins = kept[0]
        if not stand_ins or stand_ins == migrations.stand_ins_now(ws, [name for name, _ in stand_ins]):
            return tuple(_State(names, schema.objects, gone) for names, schema, gone in rows)
    return _replayed(ws, found, key)


def _replayed(ws: Workspace, found: History, key: tuple[str, ...]) -> tuple[_State, ...]:
    from todo_db.sources.replay import replay

    revisions = list(found.revisions.values())
    with replay(ws, revisions, pause_before=set(found.revisions)) as result:
        first = result.steps[0][1] if result.steps else result.schema()
        schemas = [first, *(after for _, _, after in result.steps)]
        evidence, reasons = result.process.finish()
        stand_ins = tuple((e.key.name, e.statements) for e in result.stand_ins.values())
    states = tuple(_steps(list(_heads(revisions)), schemas))
    if not reasons:
        rows = tuple((s.revisions, Schema("state", s.changed), s.gone) for s in states)
        cache.keep(ws, KEPT, key, (rows, stand_ins), evidence)
    return states


def _heads(revisions: Sequence[Revision]) -> Iterator[tuple[str, ...]]:
    """What alembic_version holds before the first revision and after each one."""
    heads: set[str] = set()
    yield ()
    for revision in revisions:
        heads = heads - set(revision.down) | {revision.id}
        yield tuple(sorted(heads))


def _steps(names: Sequence[tuple[str, ...]], schemas: Sequence[Schema]) -> Iterator[_State]:
    before: Mapping[Key, DbObject] = {}
    for revisions, schema in zip(names, schemas, strict=True):
        now = _ours(schema)
        changed = {key: obj for key, obj in now.items() if before.get(key) != obj}
        yield _State(revisions, changed, tuple(key for key in before if key not in now))
        before = now


def _ours(schema: Schema) -> dict[Key, DbObject]:
    """What the history makes itself: no table of somebody else, nor what lives in one."""
    out = schema.external
    return {k: o for k, o in schema.objects.items() if k not in out and o.parent not in out}


# ---- which of them come into question ----------------------------------------------------------


def _alike(states: Sequence[_State]) -> list[list[int]]:
    """Points in a row that have one schema."""
    groups: list[list[int]] = []
    for number, state in enumerate(states):
        if number and not state.changed and not state.gone:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _nearest(
    states: Sequence[_State], groups: Iterable[Sequence[int]], live: Schema
) -> list[list[tuple[str, ...]]]:
    """The groups with the fewest objects that are not as in `live`, the latest first.

    A text that is only spelled differently counts here as well, but for every point that has the object:
    the point that live equals is never further away than another.
    """
    counted = list(_distances(states, _ours(live)))
    ranked = sorted(groups, key=lambda g: (counted[g[0]], -g[0]))
    least = counted[ranked[0][0]]
    tied = [g for g in ranked if counted[g[0]] == least][:_MOST_TRIED]
    return [[states[n].revisions for n in group] for group in tied]


def as_usual(ws: Workspace, live: Schema) -> Schema:
    """The one schema that is the target as if it were the usual one: near enough to say what is nearest."""
    from todo_db.schema import display

    own, schema = f"{display(ws.settings.tenant or '')}.", ws.settings.tenant

    def said(value: object) -> object:
        if isinstance(value, str):
            return "public" if value == schema else value.replace(own, "public.")
        return tuple(map(said, value)) if isinstance(value, tuple) else value

    objects = (
        replace(o, **{f.name: said(getattr(o, f.name)) for f in fields(o)}) for o in live.objects.values()
    )
    return replace(live, objects={o.key: o for o in objects})


def _distances(states: Iterable[_State], live: Mapping[Key, DbObject]) -> Iterator[int]:
    """How many objects of each point and of live are not the same."""
    different = set(live)
    for state in states:
        for key, obj in state.changed.items():
            if key in live and _same(obj, live[key]):
                different.discard(key)
            else:
                different.add(key)
        for key in state.gone:
            (different.add if key in live else different.discard)(key)
        yield len(different)


def _same(one: DbObject, other: DbObject) -> bool:
    return all(getattr(one, f.name) == getattr(other, f.name) for f in fact_fields(type(one)))


def marked_external(ws: Workspace, live: Schema) -> Schema:
    """Live with the tables marked that somebody else manages, as spec and models say."""
    from todo_db.sources.externals import companions, externals

    if ws.settings.tenant is not None:  # what others manage lies in schemas that were not read
        return live
    return replace(live, external=live.external | externals(ws).keys() | companions(ws, live))
