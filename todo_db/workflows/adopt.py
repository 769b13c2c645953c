"""adopt: take over a database that `create_all` or hand-made SQL built, or whose stamp is wrong.

What it equals is found out first, by replaying the history and holding it against the catalog; only then is
anything written: the stamp of the revision that it equals, or, without a history, the first revision, proven
to build exactly this database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from todo_db.apply.upgrade import Session, open_session
from todo_db.errors import ApplyError, UsageError
from todo_db.schema import DbObject, Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.history import History
from todo_db.sources.matching import Match, differences_between, marked_external, revision_that_equals
from todo_db.sources.workspace import Workspace
from todo_db.workflows import create_all
from todo_db.workflows.expected import keep
from todo_db.workflows.judge import judge
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import hold, report

COMMAND = "adopt"
MESSAGE = "The database as it was taken over"
Confirm = Callable[[str], bool]

RIGHTS = frozenset({"owner", "grant", "default privileges", "setting", "user mapping", "security label"})
"""What says who may do what: roles are the server's, and a first revision leaves them as they are."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(slots=True)
class Adoption:
    """One run: the database as it was found, and whom to ask before anything is written."""

    ws: Workspace
    session: Session
    live: Schema
    confirm: Confirm
    notes: Sequence[str] = ()

    @property
    def history(self) -> History:
        return self.session.history

    def told(self, text: str, at: str, *notes: str) -> Outcome:
        """The outcome where nothing is left to be said as a finding."""
        every = [*notes, *self.notes]
        lines = [text, *(f"note: {note}" for note in every)]
        return Outcome(report(self.ws, COMMAND, [], notes=every, stamp=at), "\n".join(lines))

    def stamp(self, revisions: Sequence[str]) -> None:
        """Under the lock, and only if the database is still what was looked at."""
        from todo_db.apply import adoption

        with self.session.locked():
            now = _live(self.ws, self.session)
            if differences_between(self.ws, replace(self.live, side="before"), now):
                raise ApplyError(
                    "the database was changed while it was looked at; nothing was changed by adopt",
                    where=self.session.target.shown,
                    hint="run the command again",
                )
            adoption.stamp(self.session, revisions)
        if said := keep(self.ws.whole):
            self.notes = [*self.notes, said]


def adopt(
    ws: Workspace,
    *,
    confirm: Confirm,
    revision: str | None = None,
    now: Callable[[], dt.datetime] = _utc_now,
) -> Outcome:
    """Stamp the revision that the database equals, or write the first revision from it and stamp that.

    confirm: asked before anything is written. revision: the one to stamp, if it equals the database; needed
    where several do. A database that equals none gives the differences from the nearest as findings, and
    nothing is written. Raises UsageError, ApplyError (exit 4) and UndeterminedError (exit 3).
    """
    history = histories.read(ws.settings)
    with open_session(ws.migrate_target, ws.settings, history, ws.say) as session:
        run = Adoption(ws, session, _live(ws, session), confirm, create_all.notes(ws))
        if history.revisions:
            return _with_history(run, revision)
        return _without_history(run, now())


def _live(ws: Workspace, session: Session) -> Schema:
    """What the database holds, but for the version table; with the tables marked that others manage."""
    from todo_db.sources import tenancy
    from todo_db.sources.replay import without_table

    found = tenancy.live(ws, session.connection)
    return marked_external(ws, without_table(found, session.history.layout.version_key))


# ---- with a history -------------------------------------------------------------------------------------


def _with_history(run: Adoption, revision: str | None) -> Outcome:
    stamps, history = run.session.stamps(), run.history
    match = _match(run, revision)
    if not match.exact:
        return _nearly(run, match, stamps)
    chosen = _chosen(history, match, stamps, named=revision is not None)
    at = ", ".join(chosen) or "base"
    if stamps == tuple(sorted(chosen)):
        return run.told(f"nothing to do: the database is at {at}, and is what its migrations build", at)
    if not chosen:
        return run.told("nothing to do: the database holds nothing of the history yet", at)
    was = f"it is stamped with {', '.join(stamps)}, which it is not" if stamps else "it has no stamp"
    if not run.confirm(f"The database is exactly what revision {at} builds; {was}. Stamp it with {at}?"):
        return run.told(f"nothing was written: the database is what revision {at} builds, and {was}", at)
    run.stamp(chosen)
    done = {r.id for r in history.up_to(chosen)}
    pending = sum(r not in done for r in history.revisions)
    more = f"; {pending} revision(s) are pending: `todo-db migrate`" if pending else ""
    return run.told(f"stamped {at}, which the database was found to be{more}", at)


def _match(run: Adoption, revision: str | None) -> Match:
    """The point of the history that live equals or is nearest to; with `revision`, that one and no other."""
    if revision is None:
        return revision_that_equals(run.ws, run.live, run.history)
    from todo_db.sources import migrations

    resolved = run.history.resolve(revision)
    names = (resolved,) if resolved else ()
    schema = migrations.at(run.ws, run.history, list(names))
    return Match(names, differences_between(run.ws, schema, run.live), schema)


def _chosen(history: History, match: Match, stamps: tuple[str, ...], *, named: bool) -> tuple[str, ...]:
    """The stamp to write. Raises UsageError where only rows tell which one is right."""
    points = [match.revisions, *match.alike]
    if named or len(points) == 1:
        return match.revisions
    if stamps in points:
        return stamps
    listed = ", ".join(f"{','.join(p)} ({history.revisions[p[-1]].message.rstrip('.')})" for p in points if p)
    raise UsageError(
        f"the schema is that of several revisions, between which only rows were changed: {listed}",
        hint="look which of these changes the rows have had, and say it: todo-db adopt --revision REV",
    )


def _nearly(run: Adoption, match: Match, stamps: tuple[str, ...]) -> Outcome:
    """The difference from the nearest revision, and the two ways out."""
    name = f"migrations@{match.name}"
    comparison, unknown = hold(run.ws, [match.schema.with_side("migrations"), run.live])
    ways = (
        f"the database is stamped with {', '.join(stamps) or 'nothing'}, and equals no revision; the nearest "
        f"is {match.name}, with these differences",
        f"to make the database equal to it: `todo-db diff live {name} --sql` prints the statements; run "
        "them, then `todo-db adopt`",
        "to keep the database as it is: put the differences into spec and models, write them as a revision "
        "(`todo-db migrate new`), then `todo-db adopt`",
    )
    notes = [*ways, *run.notes]
    told = report(run.ws, COMMAND, judge(comparison), comparison=comparison, unknown=unknown, notes=notes)
    return Outcome(told, "")


# ---- without one ----------------------------------------------------------------------------------------


def _without_history(run: Adoption, moment: dt.datetime) -> Outcome:
    """Write the first revision: what builds just this database, without what others manage."""
    from todo_db.revisions.new import Request, find_changes, write
    from todo_db.revisions.style import line_width
    from todo_db.workflows.migrate_new import refusals, respelling

    ws, history = run.ws, run.history
    if stamps := run.session.stamps():
        raise ApplyError(
            f"the database is stamped with {', '.join(stamps)}, and there are no revisions; nothing was "
            "changed",
            where=str(history.layout.folder),
            hint="get the revision files; where they are lost for good, empty the version table first",
        )
    unwritten = ["no revision was written", *run.notes]
    if run.live.unknown:
        return Outcome(report(ws, COMMAND, [], unknown=run.live.unknown, notes=unwritten), "")
    before, wanted = Schema("migrations", _given(run.live)), _without_rights(run.live)
    planned = find_changes(before, wanted, respelling(ws))
    if refused := list(refusals(planned.refusals)):
        return Outcome(report(ws, COMMAND, refused, notes=unwritten), "")
    tables = sum(c.object.kind == "table" and c.action == "create" for c in planned.plan.changes)
    if planned.empty:
        return run.told("nothing to take over; `todo-db migrate new` writes the first revision", "base")
    if not run.confirm(f"Write the first revision from the database's {tables} table(s), and stamp it?"):
        return run.told("nothing was written", "base")
    width = line_width(ws.settings.root)
    request = Request(MESSAGE, history, before, wanted, planned, moment, width, simple=True)
    written = write(ws, request, lambda sides: hold(ws, sides)[0], respelling(ws))
    run.session.history = histories.read(ws.settings)
    revision = written.revisions[-1].id
    run.stamp([revision])
    lines = [
        *(f"wrote {ws.settings.relative(path)}" for path in written.paths),
        "proven on scratch: it builds exactly this database, and takes it back",
        f"stamped {revision}",
    ]
    rights = sum(obj.kind in RIGHTS for obj in run.live.objects.values())
    left = (
        (f"{rights} owners, grants and the like stay as they are: no revision names a role",)
        if rights
        else ()
    )
    return run.told("\n".join(lines), revision, *left)


def _given(live: Schema) -> dict[Key, DbObject]:
    """What every new database has."""
    return {k: live.objects[k] for k in {Key("schema", "public")} & live.objects.keys()}


def _without_rights(live: Schema) -> Schema:
    """What a first revision is to build."""

    def is_ours(obj: DbObject) -> bool:
        return obj.kind not in RIGHTS and not {obj.key, obj.parent} & live.external

    objects = {k: o for k, o in live.objects.items() if is_ours(o)}
    return replace(live, side="target", objects=objects, covers=lambda obj: obj.kind not in RIGHTS)
