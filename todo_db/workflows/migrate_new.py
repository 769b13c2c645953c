"""migrate new: write the next revision from the difference between the migrations and the target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from todo_db.errors import UsageError
from todo_db.findings import Finding, Report, Severity
from todo_db.schema import DbObject, Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.workspace import Workspace
from todo_db.workflows.judge import judge
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import has_spec, hold, report

if TYPE_CHECKING:
    from todo_db.revisions.new import Planned, Written

COMMAND = "migrate new"
DATA_LOSS = "data-loss"
Clock = Callable[[], dt.datetime]


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new(
    ws: Workspace,
    message: str,
    *,
    allow: Collection[str] = (),
    simple: bool = False,
    now: Clock = _utc_now,
) -> Outcome:
    """Write revisions that lead from the history to what models and spec state, proven both ways.

    simple: one revision in the plain form; otherwise a series in the form that stops no running service.
    Where spec and models disagree, data would be thrown away without `allow`, or there is no way, the report
    says so and nothing is written. Raises UsageError without a message, spec and models; exit 3 where the
    revision cannot be proven.
    """
    if not message.strip():
        raise UsageError("a revision needs a message", hint='todo-db migrate new -m "add due dates"')
    ws.expect("models")
    history = histories.read(ws.settings)
    history.head()  # two heads: said before any work is done
    sides = _stating_sides(ws)
    disagreement = _disagreement(ws, sides)
    if disagreement is not None:
        return Outcome(disagreement, "")
    from todo_db.revisions.new import Request, find_changes, write
    from todo_db.revisions.style import line_width
    from todo_db.revisions.target import target
    from todo_db.sources import migrations

    head = history.head()
    before = migrations.at(ws, history, [head] if head else [])
    wanted = target(sides.get("spec"), sides.get("models"))
    planned = find_changes(before, wanted, _respell(ws))
    if planned.empty:
        said = f"nothing to do: the migrations build what {_stated(sides)}"
        return Outcome(report(ws, COMMAND, [], revision=None), said)
    if refused := [*_refusals(planned), *_losses(planned, wanted, allow)]:
        return Outcome(report(ws, COMMAND, refused, notes=["no revision was written"]), "")
    width = line_width(ws.settings.root)
    request = Request(message.strip(), history, before, wanted, planned, now(), width, simple)
    return _told(ws, write(ws, request, lambda s: hold(ws, s)[0], _respell(ws)))


def _stating_sides(ws: Workspace) -> dict[str, Schema]:
    names = [n for n, there in (("spec", has_spec(ws)), ("models", bool(ws.settings.models))) if there]
    if not names:
        raise UsageError(
            "there is neither a spec nor models to write a revision from",
            where=str(ws.settings.file or ws.settings.root),
            hint='name them in [tool.todo-db]: models = "app.models", spec = ["schema/schema.md"]',
        )
    return {name: ws.side(name) for name in names}


def _disagreement(ws: Workspace, sides: Mapping[str, Schema]) -> Report | None:
    """Why there is no target: the spec contradicts itself, the sides differ, or something is unknown."""
    findings: list[Finding] = []
    if "spec" in sides:
        findings += [f for f in ws.specification.findings if not f.question]
        findings += ws.spec_findings
    comparison, unknown = hold(ws, list(sides.values()))
    findings += judge(comparison)
    errors = [f for f in findings if f.severity is Severity.ERROR]
    notes = ["no revision was written: spec and models have to agree first (`todo-db check-spec`)"]
    told = report(ws, COMMAND, errors, comparison=comparison, unknown=unknown, notes=notes)
    return told if told.findings or told.unknown else None


def _stated(sides: Collection[str]) -> str:
    if len(sides) > 1:
        return "spec and models state"
    return "the spec states" if "spec" in sides else "the models state"


def _respell(ws: Workspace) -> Callable[[Schema, set[Key]], Mapping[Key, DbObject]]:
    def respell(side: Schema, keys: set[Key]) -> Mapping[Key, DbObject]:
        from todo_db.sources.respell import Respeller

        return Respeller(ws.scratch)(side, keys)

    return respell


def _refusals(planned: Planned) -> Iterable[Finding]:
    from todo_db.revisions.rules import CANNOT_CHANGE

    for refusal in planned.refusals:
        yield Finding(
            code=CANNOT_CHANGE.code,
            rule=CANNOT_CHANGE.name,
            severity=CANNOT_CHANGE.severity,
            kind=refusal.key.kind,
            object=refusal.key.name,
            message=refusal.reason,
            hint=refusal.instead,
        )


def _losses(planned: Planned, wanted: Schema, allow: Collection[str]) -> Iterable[Finding]:
    from todo_db.revisions.rules import DATA_LOSS as RULE

    if DATA_LOSS in allow:
        return
    for key in planned.lost:
        yield Finding(
            code=RULE.code,
            rule=RULE.name,
            severity=RULE.severity,
            kind=key.kind,
            object=key.name,
            message=f"{key.kind} {key.name} would be dropped with all that is in it",
            hint="if that is meant: --allow data-loss",
        )


def _told(ws: Workspace, written: Written) -> Outcome:
    lines: list[str] = []
    rows = []
    for revision, place in zip(written.revisions, written.paths, strict=True):
        path = ws.settings.relative(place)
        lines += [f"wrote {path}", *(f"  {what}" for what in revision.what)]
        statements = [{"sql": e.sql, "line": e.line} for e in revision.executed if e.line is not None]
        row = {"revision": revision.id, "path": path, "message": revision.message}
        rows.append({**row, "what": list(revision.what), "statements": statements})
    lines.append(f"proven on scratch: {'each ' if len(rows) > 1 else ''}up, down and up again")
    whole: dict[str, Any] = {
        "revision": rows[-1]["revision"],
        "path": rows[-1]["path"],
        "what": [what for r in written.revisions for what in r.what],
        "statements": [s for row in rows for s in row["statements"]],
    }
    return Outcome(report(ws, COMMAND, [], **whole, revisions=rows), "\n".join(lines))
