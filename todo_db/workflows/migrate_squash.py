"""migrate squash: a stretch of the history becomes one proven revision with the id of its last."""

from __future__ import annotations

from typing import Any

from todo_db.errors import ApplyError, UsageError
from todo_db.findings import Finding
from todo_db.revisions import rules
from todo_db.sources import history as histories
from todo_db.sources.history import History, Revision
from todo_db.sources.workspace import Workspace
from todo_db.workflows.applied import UNASKED, stamps
from todo_db.workflows.expected import keep
from todo_db.workflows.migrate_merge import Clock, utc_now
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import hold, report

COMMAND = "migrate squash"


def squash(
    ws: Workspace,
    wanted: str = "base:head",
    message: str | None = None,
    *,
    lossy: bool = False,
    now: Clock = utc_now,
) -> Outcome:
    """Write one revision in the place of those that lead from A to B (`wanted`: 'A:B').

    It keeps B's id and A as its parent, so that databases with B, and all that follows, stay as they are.
    lossy: although the old ones made or changed rows. Raises UsageError for a stretch that cannot be one,
    ApplyError (exit 4) where live stands within it.
    """
    from todo_db.revisions import squashing
    from todo_db.revisions.new import find_changes
    from todo_db.revisions.style import line_width
    from todo_db.sources import migrations
    from todo_db.workflows.migrate_new import refusals, respelling

    history = histories.read(ws.settings)
    after, chosen = _stretch(history, wanted)
    if len(chosen) < 2:
        return Outcome(report(ws, COMMAND, [], revision=None), "nothing to do: fewer than two revisions")
    _must_be_one(history, chosen)
    stamped = stamps(ws, history)
    _must_not_stand_within(ws, chosen, stamped)
    asked = squashing.Squash(
        history,
        after,
        chosen,
        (message or "").strip() or f"{chosen[-1].message.rstrip('.')} (squashed)",
        now(),
        line_width(ws.settings.root),
    )
    before = migrations.at(ws, history, [after] if after else [])
    target = migrations.at(ws, history, [chosen[-1].id])
    planned = find_changes(before, target, respelling(ws))
    unwritten = ["no file was changed"]
    if found := list(refusals(planned.refusals)):
        return Outcome(report(ws, COMMAND, found, notes=unwritten), "")
    held, respell = (lambda s: hold(ws, s)[0]), respelling(ws)
    proven = squashing.prove(ws, asked, planned.plan, target, hold=held, respell=respell)
    lost = squashing.lost(ws, asked, proven)
    if lost and not lossy:
        return Outcome(report(ws, COMMAND, [_loses(ws, chosen, lost)], notes=unwritten), "")
    path, kept = squashing.replace_files(ws.settings, asked, squashing.with_id(proven, chosen[-1].id))
    notes = [f"not taken over: what the old revisions put into {', '.join(lost)}"] if lost else []
    notes += [UNASKED] if stamped is None else []
    notes += [said] if (said := keep(ws)) else []
    row: dict[str, Any] = {
        "revision": chosen[-1].id,
        "path": ws.settings.relative(path),
        "squashed": [r.id for r in chosen],
        "kept": [ws.settings.relative(p) for p in kept],
    }
    lines = [
        f"wrote {row['path']}, with the id {chosen[-1].id}, in the place of {len(chosen)} revisions",
        f"their files are in {ws.settings.relative(kept[0].parent)}",
        "proven on scratch: up, down and up again; it builds the same, of the same rows the same",
        *(f"note: {n}" for n in notes),
    ]
    return Outcome(report(ws, COMMAND, [], **row, notes=notes), "\n".join(lines))


def _stretch(history: History, wanted: str) -> tuple[str | None, tuple[Revision, ...]]:
    first, colon, last = wanted.partition(":")
    if not colon:
        raise UsageError(
            f"{wanted!r} is no range", hint="A:B is what comes after A, up to B; base:head is all"
        )
    after, goal = history.resolve(first or "base"), history.resolve(last or "head")
    if goal is None and history.revisions:
        raise UsageError("nothing leads to base", hint="A:B is what comes after A, up to B")
    if after is not None and after not in {r.id for r in history.up_to([goal] if goal else [])}:
        raise UsageError(f"{after} is not before {goal}", hint="A:B is what comes after A, up to B")
    return after, tuple(history.between([after] if after else [], goal))


def _must_be_one(history: History, chosen: tuple[Revision, ...]) -> None:
    """Raises UsageError where something outside hangs on what would be gone."""
    layout = history.layout
    if layout.recursive and layout.folder in layout.versions:
        raise UsageError(
            "every folder below the migrations is read, so that there is no place for the old files",
            where=str(layout.folder),
            hint="recursive_version_locations = false",
        )
    gone = {r.id for r in chosen[:-1]}
    own = gone | {chosen[-1].id}
    for revision in history.revisions.values():
        if revision.id not in own and gone & set(revision.parents):
            name = min(gone & set(revision.parents))
            raise UsageError(
                f"{revision.id} follows {name}, which would be gone",
                where=str(revision.path),
                hint=f"squash up to {name}, or `todo-db migrate merge` first",
            )
    if labelled := next((r for r in chosen if r.labels), None):
        raise UsageError(
            f"revision {labelled.id} has the branch label {labelled.labels[0]}, which would be gone",
            where=str(labelled.path),
        )


def _must_not_stand_within(
    ws: Workspace, chosen: tuple[Revision, ...], stamped: tuple[str, ...] | None
) -> None:
    within = [r.id for r in chosen[:-1] if r.id in (stamped or ())]
    if within:
        last = chosen[-1].id
        raise ApplyError(
            f"the live database is at {within[0]}, which would be gone; nothing was changed",
            where=ws.read_target.shown,
            hint=f"`todo-db migrate --to {last}` first, or squash only up to {within[0]}",
        )


def _loses(ws: Workspace, chosen: tuple[Revision, ...], lost: list[str]) -> Finding:
    return rules.finding(
        rules.SQUASH_LOSES,
        chosen[-1].id,
        f"the revisions make or change rows, and one revision would not: {', '.join(lost)}",
        [rules.place(ws.settings, r) for r in chosen],
        "squash up to before the revision that does, or --allow data-loss",
    )
