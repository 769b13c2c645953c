"""migrate new: write the next revision from the difference between the migrations and the target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from todo_db.errors import UsageError
from todo_db.findings import Finding, Report, Severity
from todo_db.schema import DbObject, Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.workspace import Workspace
from todo_db.workflows.expected import keep
from todo_db.workflows.judge import STATE_SEQUENCE, judge
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import has_spec, hold, report

if TYPE_CHECKING:
    from todo_db.plan import Refusal
    from todo_db.revisions.new import Planned, Written
    from todo_db.revisions.renames import Rename

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
    reason: str = "",
    simple: bool = False,
    backfill: Mapping[str, str] = MappingProxyType({}),
    rename: Mapping[str, str] = MappingProxyType({}),
    now: Clock = _utc_now,
) -> Outcome:
    """Write revisions that lead from the history to what models and spec state, proven both ways.

    simple: one revision in the plain form; otherwise a series in the form that stops no running service.
    backfill: 'table.column' → SQL expression, for columns that the rows which are there have to be given.
    rename: old name → new name, of tables, 'table.column', constraints, indexes and types.
    reason: why data may be thrown away; it goes into the revisions, so that `migrate lint` accepts it.
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
    from todo_db.revisions.needs import parse
    from todo_db.revisions.new import Request, find_changes, renamed, write
    from todo_db.revisions.style import line_width
    from todo_db.revisions.target import target
    from todo_db.sources import migrations

    head = history.head()
    before = migrations.at(ws, history, [head] if head else [])
    wanted = target(sides.get("spec"), sides.get("models"))
    data = parse(backfill, wanted)
    renames = _renames(ws, rename, before, wanted)
    moved = renamed(ws, history, renames) if renames else before
    planned = find_changes(moved, wanted, respelling(ws))
    if planned.empty and not renames:
        said = f"nothing to do: the migrations build what {_stated(sides)}"
        return Outcome(report(ws, COMMAND, [], revision=None), said)
    refused = [*refusals([*planned.refusals, *_unstated(moved, wanted)])]
    refused += _losses(ws, planned, (moved, wanted), allow)
    refused += [] if simple else _needs(planned, data)
    if refused:
        return Outcome(report(ws, COMMAND, refused, notes=["no revision was written"]), "")
    width = line_width(ws.settings.root)
    lossy = DATA_LOSS in allow
    request = Request(
        message=message.strip(),
        history=history,
        before=moved,
        target=wanted,
        planned=planned,
        moment=now(),
        width=width,
        simple=simple,
        lossy=lossy,
        data=data,
        renames=tuple(renames),
        reason=reason,
        cut=_narrowed(ws, planned, (moved, wanted)) if lossy else {},
    )
    written = write(ws, request, lambda s: hold(ws, s)[0], respelling(ws))
    notes = [*_logged(ws, written, request.moment), *filter(None, [keep(ws)])]
    return _told(ws, written, notes)


def _logged(ws: Workspace, written: Written, moment: dt.datetime) -> list[str]:
    """Add the revisions to the log that people read."""
    if ws.settings.log is None:
        return []
    from todo_db.revisions.log import Entry
    from todo_db.workflows import logged

    entries = [
        Entry(
            id=r.id,
            down=r.down,
            message=r.message,
            path=ws.settings.relative(path),
            day=f"{moment:%Y-%m-%d}",
            what=r.what,
            impact=r.impact,
            hazards=r.hazards,
            losses=r.losses,
        )
        for r, path in zip(written.revisions, written.paths, strict=True)
    ]
    return logged.add(ws, *entries)


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


def _renames(ws: Workspace, asked: Mapping[str, str], before: Schema, wanted: Schema) -> list[Rename]:
    """What was asked for, and what the spec states as `renamed_from`."""
    from todo_db.revisions import renames
    from todo_db.schema import display

    stated: dict[str, str] = {}
    for table in ws.specification.tables if has_spec(ws) else ():
        old = display(*table.renamed_from.split(".")) if table.renamed_from else None
        now = display(*table.name.split("."))
        if old is not None:
            stated[old] = now
        for column in table.columns:
            if column.renamed_from:
                stated |= {
                    f"{t}.{display(column.renamed_from)}": display(column.name) for t in (old, now) if t
                }
    return renames.find(asked, stated, before, wanted)


def respelling(ws: Workspace) -> Callable[[Schema, set[Key]], Mapping[Key, DbObject]]:
    """Scratch as the judge of what is only spelling."""

    def respell(side: Schema, keys: set[Key]) -> Mapping[Key, DbObject]:
        from todo_db.sources.respell import Respeller

        return Respeller(ws.scratch)(side, keys)

    return respell


def _unstated(before: Schema, wanted: Schema) -> Iterable[Refusal]:
    """The sequences that a default draws from, and that nobody makes: without them its table is not made."""
    from todo_db.plan import Refusal

    for needed in sorted(wanted.relied_on() - before.objects.keys()):
        if needed.kind == "sequence":
            yield Refusal(
                key=needed,
                reason=f"a default draws from the sequence {needed.name}, which nothing makes",
                instead=STATE_SEQUENCE.format(needed.name.removeprefix("public.")),
            )


def refusals(refused: Iterable[Refusal]) -> Iterable[Finding]:
    """What cannot be migrated, each with the reason and what does it instead."""
    from todo_db.revisions.rules import CANNOT_CHANGE

    for refusal in refused:
        yield Finding(
            code=CANNOT_CHANGE.code,
            rule=CANNOT_CHANGE.name,
            severity=CANNOT_CHANGE.severity,
            kind=refusal.key.kind,
            object=refusal.key.name,
            message=refusal.reason,
            hint=refusal.instead,
        )


def _losses(
    ws: Workspace, planned: Planned, sides: tuple[Schema, Schema], allow: Collection[str]
) -> Iterable[Finding]:
    from todo_db.revisions.renames import suggestions
    from todo_db.revisions.rules import DATA_LOSS as RULE

    if DATA_LOSS in allow:
        return
    said = {key: f"{key.kind} {key.name} would be dropped with all that is in it" for key in planned.lost}
    said |= _narrowed(ws, planned, sides)
    became = suggestions(planned.plan)
    for key, message in said.items():
        asked = f"if it was renamed: --rename {became[key]}; " if key in became else ""
        yield Finding(
            code=RULE.code,
            rule=RULE.name,
            severity=RULE.severity,
            kind=key.kind,
            object=key.name,
            message=message,
            hint=f"{asked}if that is meant: --allow data-loss=REASON",
        )


def _narrowed(ws: Workspace, planned: Planned, sides: tuple[Schema, Schema]) -> Mapping[Key, str]:
    """What cannot keep every value, with what would go."""
    from todo_db.revisions.narrowing import narrowed

    if not any("type" in c.changed or "labels" in c.changed for c in planned.plan.changes):
        return {}
    return narrowed(ws.scratch.database("narrowing"), planned.plan.changes, *sides)


def _needs(planned: Planned, data: Mapping[Key, str]) -> Iterable[Finding]:
    from todo_db.revisions.needs import missing
    from todo_db.revisions.rules import NEEDS_DATA

    for column in missing(planned.plan, data):
        name = column.key.name.removeprefix("public.")
        yield Finding(
            code=NEEDS_DATA.code,
            rule=NEEDS_DATA.name,
            severity=NEEDS_DATA.severity,
            kind="column",
            object=column.key.name,
            message=f"what do the rows that are there get in {name}? It must not be NULL and has no default",
            hint=f"--backfill '{name}=SQL expression'; for a table without rows: --simple",
        )


def _told(ws: Workspace, written: Written, said: Sequence[str]) -> Outcome:
    lines: list[str] = []
    rows = []
    for revision, place in zip(written.revisions, written.paths, strict=True):
        path = ws.settings.relative(place)
        lines += [f"wrote {path}", *(f"  {what}" for what in revision.what)]
        statements = [{"sql": e.sql, "line": e.line} for e in revision.executed if e.line is not None]
        row = {"revision": revision.id, "path": path, "message": revision.message}
        rows.append({**row, "what": list(revision.what), "statements": statements})
    made = sum(written.filled.rows.values())
    with_rows = f", with {made} rows in {len(written.filled.rows)} table(s)" if made else ""
    lines.append(f"proven on scratch: {'each ' if len(rows) > 1 else ''}up, down and up again{with_rows}")
    notes = [f"proven without rows in {k.name}: {reason}" for k, reason in written.filled.empty.items()]
    if written.without_rows is not None:
        notes.append(f"proven with empty tables; rows such as could be there stop it: {written.without_rows}")
    notes += said
    lines += [f"note: {note}" for note in notes]
    whole: dict[str, Any] = {
        "revision": rows[-1]["revision"],
        "path": rows[-1]["path"],
        "what": [what for r in written.revisions for what in r.what],
        "statements": [s for row in rows for s in row["statements"]],
    }
    return Outcome(report(ws, COMMAND, [], **whole, revisions=rows, notes=notes), "\n".join(lines))
