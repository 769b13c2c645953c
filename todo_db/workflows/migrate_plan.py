"""migrate --dry-run and --sql: what applying would do, shown without doing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todo_db.apply import externals as outside
from todo_db.apply.upgrade import open_session
from todo_db.errors import TodoDbError
from todo_db.findings import Finding
from todo_db.objects.change import Hazard
from todo_db.schema import Schema
from todo_db.sources.history import Revision
from todo_db.sources.redirect import Executed
from todo_db.sources.workspace import Workspace
from todo_db.workflows import migrate_approval as approval
from todo_db.workflows import migrate_preflight as preflight
from todo_db.workflows import migrate_resume as resume
from todo_db.workflows.migrate import Run, begin, nothing_to_do, read_live, refuse_edited, replayed
from todo_db.workflows.migrate_drift import found, held
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import report

_NOWHERE = "postgresql+psycopg://nobody@localhost/nowhere"
"""For Alembic's offline mode, which connects to nothing."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One pending revision: what it changes, with which hazards, and the statements that it sends."""

    revision: Revision
    what: Sequence[str]
    hazards: Sequence[Hazard]
    executed: Sequence[Executed]


def plan(ws: Workspace, *, to: str | None = None, allow_drift: Sequence[str] = ()) -> Outcome:
    """What `migrate` would apply, from running it on scratch, and the state that this was made for.

    The findings are drift and data for which `migrate` would stop. Raises as `migrate` does.
    """
    run, stamps, waiting, live = _pending(ws, to, allow_drift, look=True)
    if not waiting:
        return nothing_to_do(run, stamps)
    planned = _planned(run, waiting)
    measured = _measured(run, stamps)
    run.external = outside.known(ws)
    drift = found(run, held(run, live, replayed(run, list(stamps)))) if stamps else []
    state = approval.state(run, stamps, live)
    lines = [f"database: {ws.migrate_target.shown}, at {', '.join(stamps) or 'base'}"]
    lines += [f"schema: {state['schema'][:23]}… (of the database, when this plan was made)", ""]
    for number, one in enumerate(planned, 1):
        lines += [*_lines(ws, one, f"[{number}/{len(planned)}]", measured), ""]
    lines += [f"drift, for which it would stop: {f.message}" for f in drift]
    counted = _count(run, stamps, waiting)
    lines += preflight.lines(counted)
    lines += [f"note: {n}" for n in run.notes]
    lines.append(f"{len(planned)} revision(s) would be applied; nothing was changed")
    steps = [_as_dict(ws, p, measured) for p in planned]
    state["seal"] = approval.seal(state, steps)
    told = report(
        ws,
        "migrate",
        [*drift, *counted.findings],
        unknown=counted.unknown,
        notes=run.notes,
        stamp=list(stamps),
        state=state,
        plan=steps,
        dry_run=True,
    )
    return Outcome(told, "\n".join(lines))


def _count(run: Run, stamps: Sequence[str], waiting: Sequence[Revision]) -> preflight.Counted:
    """What of the data would keep the revisions from being applied."""
    from todo_db.postgres.connect import connect

    if not stamps:
        return preflight.Counted()
    sides = replayed(run, list(stamps)), replayed(run, [run.goal] if run.goal else [])
    with connect(run.ws.migrate_target, read_only=True, autocommit=True) as connection:
        return preflight.count(run.ws, connection, sides, history=run.history, pending=waiting)


def script(ws: Workspace, *, to: str | None = None) -> Outcome:
    """The pending revisions as one SQL script, with transactions and the version table."""
    from todo_db.sources.replayprocess import ReplayProcess

    run, stamps, waiting, _ = _pending(ws, to)
    if not waiting:
        return Outcome(nothing_to_do(run, stamps).report, "-- nothing to do")
    with ReplayProcess(ws.settings, environ=ws.environ) as process:
        process.use(_NOWHERE, tenant=ws.settings.tenant)
        text = process.sql([r.id for r in waiting], stamps)
    if ws.settings.tenant is not None:
        text = f"{_seeing(ws, ws.settings.tenant)};\n\n{text}"
    return Outcome(report(ws, "migrate", [], stamp=list(stamps), sql=text), text.rstrip())


def _seeing(ws: Workspace, schema: str) -> str:
    """The statement that lets a script mean one schema where it names none."""
    from todo_db.postgres import tenant
    from todo_db.postgres.connect import connect

    with connect(ws.migrate_target, read_only=True, autocommit=True) as connection:
        path = tenant.path_of(connection, schema, ws.migrate_target.shown)
    return f"SET search_path TO {tenant.path_text(path)}"


def _pending(
    ws: Workspace, to: str | None, allow_drift: Sequence[str] = (), *, look: bool = False
) -> tuple[Run, tuple[str, ...], list[Revision], Schema]:
    """What is pending, and what the database holds."""
    run = begin(ws, to)
    run.allow_drift = tuple(allow_drift)
    with open_session(ws.migrate_target, ws.settings, run.history, ws.say) as session:
        stamps = session.stamps()
        waiting = run.pending(stamps)
        refuse_edited(run, stamps)
        live = read_live(run, session) if waiting else Schema(side="live")
        if waiting and look:
            run.half_done = resume.look(run, session, stamps, waiting, live).keys
    return run, stamps, waiting, live


def _planned(run: Run, waiting: Sequence[Revision]) -> list[Planned]:
    from todo_db.sources.replay import replay

    ids = {r.id for r in waiting}
    applied = [r for r in run.history.up_to([run.goal] if run.goal else []) if r.id not in ids]
    planned = []
    with replay(run.ws, [*applied, *waiting], pause_before=ids) as result:
        for revision, before, after in result.steps:
            planned.append(_one(revision, before, after, result.executed[revision.id]))
    return planned


def _measured(run: Run, stamps: Sequence[str]) -> Mapping[str, Sequence[Finding]]:
    """What `migrate lint` finds of the pending revisions, by the path of each."""
    from todo_db.workflows.migrate_lint import lint

    start = ",".join(stamps) or "base"
    try:
        live = None if run.ws.whole is run.ws else False  # sizes are those of the usual schema
        pending = f"{start}:{run.goal or 'base'}" if len(stamps) < 2 else None
        told = lint(run.ws.whole, pending, live=live).report
    except TodoDbError as error:
        run.notes.append(f"the hazards could not be measured: {error.what}")
        return {}
    found: dict[str, list[Finding]] = {}
    for finding in told.findings:
        if finding.places:
            found.setdefault(finding.places[0].path, []).append(finding)
    return found


def _one(revision: Revision, before: Schema, after: Schema, executed: Sequence[Executed]) -> Planned:
    """What a revision does, from what it leads to: also what its own code hides."""
    from todo_db.plan import plan as plan_of
    from todo_db.revisions.document import describe

    changes = plan_of(before, after).changes
    new = {c.object.key for c in changes if c.action == "create"}  # nobody uses yet what is made here
    old = [c for c in changes if c.object.parent not in new]
    hazards = dict.fromkeys(h for c in old for s in c.statements for h in s.hazards)
    own = [e for e in executed if e.path is not None and not e.path.endswith("/env.py")]
    return Planned(revision, describe(changes), list(hazards), own)


def _lines(
    ws: Workspace, planned: Planned, number: str, measured: Mapping[str, Sequence[Finding]]
) -> list[str]:
    revision = planned.revision
    lines = [f"{number} {revision.id} {revision.message}", f"  {ws.settings.relative(revision.path)}"]
    lines += [f"  - {what}" for what in planned.what]
    lines += [f"  ! {hazard.replace('-', ' ')}" for hazard in planned.hazards]
    found = measured.get(ws.settings.relative(revision.path), ())
    lines += [f"  ! {f.severity} {f.code} line {f.places[0].line}: {f.message}" for f in found]
    return lines + [f"    {line}" for e in planned.executed for line in _sql(e).splitlines()]


def _sql(executed: Executed) -> str:
    return executed.sql.strip().expandtabs(4) + ";"


def _as_dict(ws: Workspace, planned: Planned, measured: Mapping[str, Sequence[Finding]]) -> dict[str, Any]:
    found = measured.get(ws.settings.relative(planned.revision.path), ())
    return {
        "revision": planned.revision.id,
        "message": planned.revision.message,
        "path": ws.settings.relative(planned.revision.path),
        "hash": f"sha256:{planned.revision.code_hash()}",
        "changes": list(planned.what),
        "hazards": [str(h) for h in planned.hazards],
        "measured": [
            {"code": f.code, "rule": f.rule, "severity": str(f.severity), "object": f.object}
            | {"message": f.message, "line": f.places[0].line, "hint": f.hint}
            for f in found
        ],
        "statements": [{"sql": e.sql.strip(), "line": e.line} for e in planned.executed],
    }
