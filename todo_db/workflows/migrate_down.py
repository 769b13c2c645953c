"""migrate down: take revisions back, after saying what data that throws away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from todo_db.apply import externals as outside
from todo_db.apply import loss
from todo_db.apply.loss import Loss
from todo_db.apply.signals import interruptible
from todo_db.apply.upgrade import Session, open_session
from todo_db.errors import ApplyError, UsageError
from todo_db.objects.change import Hazard
from todo_db.schema import DbObject, Schema
from todo_db.sources.history import Revision
from todo_db.sources.workspace import Workspace
from todo_db.workflows.migrate import Run, begin, read_live, refuse_edited, replayed
from todo_db.workflows.migrate_drift import found, held, stop, verify
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import report

COMMAND = "migrate down"
Confirm = Callable[[str], bool]


def down(
    ws: Workspace,
    revision: str,
    confirm: Confirm,
    *,
    allow_drift: Sequence[str] = (),
    terminate: bool = False,
) -> Outcome:
    """Take back everything that was applied after `revision` ('base': everything; '-1': the last one).

    confirm: asked, with what will be lost, counted in rows, before anything is done. allow_drift, terminate:
    as for `migrate`. Raises ApplyError (exit 4) where it is
    refused or fails, UsageError for a revision that is not applied.
    """
    run = begin(ws, "base")
    run.allow_drift = tuple(allow_drift)
    with open_session(ws.migrate_target, ws.settings, run.history, ws.say, terminate=terminate) as session:
        stamps = session.stamps()
        run.pending(stamps)  # refuses a stamp that the history does not have
        refuse_edited(run, stamps)
        run.goal = _goal(run, stamps, revision)
        if not _undone(run, stamps):
            return _nothing(run, stamps)
        with interruptible(), session.locked():
            return _locked(run, session, confirm)


def _nothing(run: Run, stamps: Sequence[str]) -> Outcome:
    told = report(run.ws, COMMAND, [], taken_back=[], stamp=list(stamps))
    return Outcome(told, f"nothing to do: the database is at {', '.join(stamps) or 'base'}")


def _goal(run: Run, stamps: Sequence[str], revision: str) -> str | None:
    applied = run.history.up_to(stamps)
    if revision.startswith("-") and revision[1:].isdigit():
        number = int(revision[1:])
        if number > len(applied):
            raise UsageError(f"only {len(applied)} revision(s) are applied")
        return applied[-number - 1].id if number < len(applied) else None
    goal = run.history.resolve(revision)
    if goal is not None and goal not in {r.id for r in applied}:
        raise UsageError(
            f"revision {goal} is not applied", hint=f"to go forward: todo-db migrate --to {goal}"
        )
    return goal


def _undone(run: Run, stamps: Sequence[str]) -> list[Revision]:
    """What is taken back, the last one first."""
    kept = {r.id for r in run.history.up_to([run.goal] if run.goal else [])}
    return [r for r in reversed(run.history.up_to(stamps)) if r.id not in kept]


def _locked(run: Run, session: Session, confirm: Confirm) -> Outcome:
    stamps = session.stamps()
    undone = _undone(run, stamps)
    if not undone:  # another run took them back while the lock was waited for
        return _nothing(run, stamps)
    run.ws.say(f"proving {len(undone)} step(s) back on scratch")
    now, goal = replayed(run, list(stamps)), replayed(run, [run.goal] if run.goal else [])
    _prove(run, stamps, undone, goal)
    run.external = outside.known(run.ws) | now.external
    known = held(run, read_live(run, session), now)
    stop(run, found(run, known), stamps)
    lost = loss.count(session.connection, _lost(now, goal))
    if not confirm(_question(run, undone, lost)):
        raise ApplyError("not confirmed; nothing was changed")
    session.take_back(undone)
    after = held(run, read_live(run, session), goal)
    verify(run, known, after, f"{len(undone)} revision(s) were taken back")
    return _told(run, session, lost)


def _prove(run: Run, stamps: Sequence[str], undone: Sequence[Revision], goal: Schema) -> None:
    """Run the way back on scratch, and see that it leaves no trace."""
    from todo_db.sources.replay import replay
    from todo_db.workflows.sides import hold

    ws = run.ws.whole
    if ws is not run.ws:
        goal = replayed(Run(ws, run.history, run.goal), [run.goal] if run.goal else [])
    with replay(ws, run.history.up_to(stamps)) as result:
        for revision in undone:
            result.downgrade(revision.id)
        comparison, _ = hold(ws, [goal.with_side("before"), result.schema("downgrade")])
    if comparison.differences:
        first = comparison.differences[0]
        raise ApplyError(
            f"the way back does not lead to revision {run.goal or 'base'}: {first.key.kind} {first.key.name} "
            f"{first.fact or 'exists'} {dict(first.values)}; nothing was changed",
            hint="mend the downgrade; `todo-db migrate test` shows each step",
        )


def _lost(now: Schema, goal: Schema) -> list[DbObject]:
    """The tables and columns that the way back throws away."""
    from todo_db.plan import plan

    changes = plan(now, goal).changes
    lost = {
        c.object.key: c.object for c in changes if any(Hazard.LOSES_DATA in s.hazards for s in c.statements)
    }
    return list(lost.values())


def _question(run: Run, undone: Sequence[Revision], lost: Sequence[Loss]) -> str:
    names = ", ".join(r.id for r in undone)
    things = ", ".join(map(str, lost))
    loss = f" All that is in {things} is thrown away." if things else " No data is thrown away."
    return f"Take back {len(undone)} revision(s) ({names}) on {run.ws.migrate_target.shown}?{loss}"


def _told(run: Run, session: Session, lost: Sequence[Loss]) -> Outcome:
    stamps = session.stamps()
    steps: list[dict[str, Any]] = [
        {"revision": s.revision.id, "message": s.revision.message, "seconds": round(s.seconds, 3)}
        for s in session.steps
    ]
    lines = [f"took back {s.revision.id} {s.revision.message} ({s.seconds:.2f} s)" for s in session.steps]
    lines += [f"thrown away: {one}" for one in lost]
    is_so = "" if run.drifted or run.unknown else ", and is what its migrations build"
    lines.append(f"the database is at {', '.join(stamps) or 'base'}{is_so}")
    lines += [f"note: {n}" for n in run.notes]
    told = report(
        run.ws,
        COMMAND,
        [],
        notes=run.notes,
        taken_back=steps,
        stamp=list(stamps),
        lost=[f"{one.key.kind} {one.key.name}" for one in lost],
        lost_rows={f"{one.key.kind} {one.key.name}": one.rows for one in lost},
    )
    return Outcome(told, "\n".join(lines))
