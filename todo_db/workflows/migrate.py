"""migrate: apply what is pending; proven before on scratch, verified after on the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from todo_db.apply.signals import interruptible
from todo_db.apply.upgrade import Session, open_session
from todo_db.errors import ApplyError, TodoDbError, UsageError
from todo_db.findings import Report
from todo_db.schema import Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.history import History, HistoryError, Revision
from todo_db.sources.workspace import Workspace
from todo_db.workflows import migrate_approval as approval
from todo_db.workflows import migrate_resume as resume
from todo_db.workflows.expected import keep
from todo_db.workflows.migrate_approval import Approved
from todo_db.workflows.migrate_drift import found, held, stop, verify
from todo_db.workflows.outcome import Outcome

COMMAND = "migrate"


@dataclass(slots=True)
class Run:
    """One run: where it goes, and what is known by now."""

    ws: Workspace
    history: History
    goal: str | None
    prove: bool = True
    allow_drift: tuple[str, ...] = ()
    external: frozenset[Key] = frozenset()  # what others make, and what stands in for it
    drifted: int = 0  # differences that were there before
    unknown: int = 0  # what could not be compared
    half_done: frozenset[Key] = frozenset()  # what a broken attempt may have left in part
    notes: list[str] = field(default_factory=list)

    def pending(self, stamps: Sequence[str]) -> list[Revision]:
        """What leads from the stamp to the goal. Raises ApplyError for a stamp that is unknown."""
        if unknown := self.history.unknown(stamps):
            raise ApplyError(
                f"the database is at revision {', '.join(unknown)}, which the history does not have; "
                "nothing was changed",
                where=str(self.history.layout.folder),
                hint="a newer version of the code, or another branch, was applied: get its revision files",
            )
        return self.history.between(stamps, self.goal)


def migrate(
    ws: Workspace,
    *,
    to: str | None = None,
    prove: bool = True,
    allow_drift: Sequence[str] = (),
    terminate: bool = False,
    plan: Path | None = None,
) -> Outcome:
    """Apply the pending revisions, up to `to`; several runs at once apply each revision once.

    allow_drift: objects that may differ from what the stamp says. terminate: end sessions that are in the
    way. plan: a file of `--save-plan`; exactly that is applied.
    Raises ApplyError (exit 4), which says what state the database was left in, where it is refused or fails;
    UndeterminedError (exit 3) where the database cannot be reached or the proof cannot be had.
    """
    approved = approval.read(plan) if plan is not None else None
    run = begin(ws, approved.target if approved is not None else to, prove=prove)
    run.allow_drift = approved.allow_drift if approved is not None else tuple(allow_drift)
    target = ws.migrate_target
    with open_session(target, ws.settings, run.history, ws.say, terminate=terminate) as session:
        stamps = session.stamps()
        waiting = run.pending(stamps)
        refuse_edited(run, stamps)
        if not waiting:
            return nothing_to_do(run, stamps)
        for note in target.notes:
            ws.say(f"note: {note}")
        with interruptible(), session.locked():
            return _locked(run, session, approved)


def begin(ws: Workspace, to: str | None, *, prove: bool = True) -> Run:
    """The history and the goal. Raises UsageError without migrations, ApplyError for two heads."""
    history = histories.read(ws.settings)
    if not history.layout.exists:
        raise UsageError(
            "there are no migrations",
            where=str(history.layout.folder),
            hint="`todo-db migrate new -m …` writes the first one",
        )
    try:
        return Run(ws, history, history.resolve(to or "head"), prove)
    except HistoryError as error:
        raise ApplyError(f"{error.what}; nothing was changed", where=error.where, hint=error.hint) from error


def refuse_edited(run: Run, stamps: Sequence[str]) -> None:
    """Raises ApplyError where an applied revision's code is no longer what it was."""
    from todo_db.revisions import sums

    if changed := sums.edited(run.history, run.history.up_to(stamps)):
        first = run.ws.settings.relative(changed[0].path)
        raise ApplyError(
            f"{len(changed)} applied revision(s) were edited: {', '.join(r.id for r in changed)}; "
            "nothing was changed",
            where=first,
            hint="put the old content back and write a new revision (`todo-db explain TD503`)",
        )


def nothing_to_do(run: Run, stamps: Sequence[str]) -> Outcome:
    """The outcome where everything is applied already. Raises UsageError for a goal that lies behind."""
    goal = run.goal
    if stamps and goal not in stamps:
        raise UsageError(
            f"the database is past {goal or 'base'} already, at {', '.join(stamps)}",
            hint=f"to go back: todo-db migrate down {goal or 'base'}",
        )
    at = ", ".join(stamps) or "base"
    if not run.history.revisions:
        at += ", and there are no revisions yet: `todo-db migrate new -m …` writes the first one"
    told = Report(COMMAND, extra={"applied": [], "stamp": list(stamps)})
    return Outcome(told, f"nothing to do: the database is at {at}")


# ---- with the lock --------------------------------------------------------------------------------


def _locked(run: Run, session: Session, approved: Approved | None = None) -> Outcome:
    stamps = session.stamps()  # another run may have been at it while the lock was waited for
    waiting = run.pending(stamps)
    if not waiting:
        return nothing_to_do(run, stamps)
    if approved is not None:
        approval.refuse_changed(approved, run, stamps, waiting)
    before = read_live(run, session)
    if approved is not None:
        approval.refuse_other_schema(approved, stamps, before)
    goal = _prove(run, stamps, waiting)
    if goal is not None and not stamps:
        _refuse_unstamped(run, before, goal)
    from todo_db.apply import beside, roles
    from todo_db.apply import externals as outside

    if run.ws.settings.tenant is not None and goal is not None:
        beside.prepare(run.ws, session, [run.goal] if run.goal else [], (before, goal))
    run.external = outside.known(run.ws)
    if outside.prepare(run.ws, session, before, goal):
        before = read_live(run, session)
    roles.prepare(run.ws, session, goal)
    known = held(run, before, replayed(run, list(stamps))) if goal is not None else None
    if known is not None:
        left = resume.look(run, session, stamps, waiting, before)
        run.half_done = left.keys
        stop(run, found(run, known), stamps)
        if goal is not None and stamps:
            _refuse_data(run, session, (replayed(run, list(stamps)), goal), waiting)
        resume.clear(session, left, waiting[0])
    session.apply(waiting)
    if goal is not None:
        done = f"all revisions were applied, up to {waiting[-1].id}"
        verify(run, known, held(run, read_live(run, session), goal), done)
    _remember(run, waiting)
    return _told(run, session, verified=goal is not None)


def _refuse_data(
    run: Run, session: Session, sides: tuple[Schema, Schema], waiting: Sequence[Revision]
) -> None:
    """Raises ApplyError where the data keeps a pending revision from being applied."""
    from todo_db.workflows import migrate_preflight as preflight

    counted = preflight.count(run.ws, session.connection, sides, history=run.history, pending=waiting)
    run.notes += [f"{u.object}: {u.reason}" for u in counted.unknown]
    preflight.refuse(counted)


def read_live(run: Run, session: Session) -> Schema:
    """What the database holds now, but for the version table."""
    from todo_db.sources import tenancy
    from todo_db.sources.replay import without_table

    found = tenancy.live(run.ws, session.connection)
    return without_table(found, run.history.layout.version_key)


def _prove(run: Run, stamps: Sequence[str], waiting: Sequence[Revision]) -> Schema | None:
    """What the goal has to look like: the history replayed on scratch, which proves that it runs."""
    if not run.prove:
        run.ws.say("the revisions are applied without a proof on scratch, and without a look for drift")
        return None
    run.ws.say(f"proving {len(waiting)} revision(s) on scratch")
    # what is stamped beside the goal stays: branches that are not merged
    kept = [s for s in stamps if s not in {r.id for r in run.history.up_to([run.goal or ""])}]
    try:
        return replayed(run, [*kept, *([run.goal] if run.goal else [])])
    except TodoDbError as error:
        hint = error.hint or ""
        if "scratch" not in error.what and "PostgreSQL" in error.what:
            hint = f"{hint}; or apply without a proof: --no-proof".lstrip("; ")
        error.hint = hint or None
        raise


def replayed(run: Run, revisions: list[str]) -> Schema:
    """What the history builds up to these revisions."""
    from todo_db.sources import migrations

    return migrations.at(run.ws, run.history, revisions)


def _refuse_unstamped(run: Run, live: Schema, goal: Schema) -> None:
    """A database that has the history's tables, and no stamp, was built by something else."""
    ours = [k for k in goal.objects if k.kind == "table" and k not in goal.external]
    there = [k.name.removeprefix("public.") for k in ours if k in live.objects]
    if there:
        raise ApplyError(
            f"the database has tables ({', '.join(there[:5])}{' …' if len(there) > 5 else ''}) but no record "
            "of which revision made them; nothing was changed",
            where=run.ws.migrate_target.shown,
            hint="`todo-db adopt` finds the revision that it equals and stamps it; "
            "see `todo-db explain TD506`",
        )


def _remember(run: Run, applied: Sequence[Revision]) -> None:
    """Write down what was applied, also of histories that others wrote."""
    from todo_db.revisions import sums

    known = sums.read(run.history.layout.sums)
    earlier = [r for r in run.history.up_to([r.id for r in applied]) if r.id not in known]
    if not sums.remember(run.history, [*earlier, *applied]):
        run.notes.append("versions.sum could not be written; edits of applied revisions will go unseen")
    if run.prove and (said := keep(run.ws.whole)):
        run.notes.append(said)


def _told(run: Run, session: Session, *, verified: bool) -> Outcome:
    stamps = session.stamps()
    lines = [f"applied {s.revision.id} {s.revision.message} ({s.seconds:.2f} s)" for s in session.steps]
    at = ", ".join(stamps)
    is_so = verified and not run.drifted and not run.unknown
    lines.append(f"the database is at {at}" + (", and is what its migrations build" if is_so else ""))
    lines += [f"note: {n}" for n in run.notes]
    applied: list[dict[str, Any]] = [
        {"revision": s.revision.id, "message": s.revision.message, "seconds": round(s.seconds, 3)}
        for s in session.steps
    ]
    facts = {"applied": applied, "stamp": list(stamps), "verified": verified}
    told = Report(COMMAND, notes=tuple(run.notes), extra=facts)
    return Outcome(told, "\n".join(lines))
