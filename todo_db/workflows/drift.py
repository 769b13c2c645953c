"""drift: spec, models, migrations and live side by side; the odd one out is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from todo_db.align import Row
from todo_db.compare import Comparison
from todo_db.errors import UsageError
from todo_db.findings import Finding, Report
from todo_db.report.outline import outline
from todo_db.schema import DbObject, Key, Schema
from todo_db.sources.externals import companions
from todo_db.sources.workspace import Workspace
from todo_db.workflows.judge import judge
from todo_db.workflows.sides import has_migrations, has_spec, hold, report
from todo_db.workflows.stamp import Standing, standing

if TYPE_CHECKING:
    from todo_db.workflows.since import Since


def drift(ws: Workspace, *, diagram: bool = False, since: str | None = None) -> Report:
    """Compare the sides that the project has; `extra["matrix"]` holds one row per top-level object.

    diagram: `extra["outline"]` holds the tables as well, for a format that draws them. since: leave out what
    was found then already: a revision, a date, a commit, or an earlier report (see `workflows.since`).
    Raises UsageError where the project has no other side than live.
    """
    if not (has_spec(ws) or ws.settings.models or has_migrations(ws)):
        raise UsageError(
            "there is nothing to hold live against: no spec, no models, no migrations",
            where=str(ws.settings.root),
            hint="write schema/schema.md, or name spec, models and migrations in [tool.todo-db]",
        )
    live = ws.side("live")  # first: what cannot be reached is known before any work is done
    stamp, head = _stamps(ws, live)
    known = _known(ws, since) if since else None
    sides, notes = project_sides(ws)
    sides.append(_with_companions(ws, live))
    comparison, unknown = hold(ws, sides, ws.settings.compare_also)
    stand = _standing(ws, sides[-1], comparison)
    findings = judge(comparison, stamped=stand.objects, stamp_is_right=stand.right)
    findings += [stand.finding] if stand.finding else []
    new, told = _new(known, findings) if known else (findings, {})
    return report(
        ws,
        "drift",
        new,
        comparison=comparison,
        unknown=unknown,
        notes=[*notes, *told.pop("notes", ())],
        sides=[s.side for s in sides],
        matrix=matrix(comparison),
        stamp=stamp,
        head=head,
        schema_of=stand.match.name if stand.match is not None and stand.match.exact else None,
        **told,
        **({"outline": outline(comparison.sides)} if diagram else {}),
    )


def _with_companions(ws: Workspace, live: Schema) -> Schema:
    if ws.settings.tenant is not None:
        return live
    return replace(live, external=live.external | companions(ws, live))


def _known(ws: Workspace, name: str) -> Since:
    from todo_db.workflows.since import since

    return since(ws, name)


def _new(known: Since, findings: list[Finding]) -> tuple[list[Finding], dict[str, Any]]:
    """The findings since then, and what the report says of those that are left out."""
    new, left_out = known.split(findings)
    about = {"asked": known.asked, "commit": known.commit, "left_out": left_out}
    notes = [*known.notes]
    if left_out:
        noun = "finding is" if left_out == 1 else "findings are"
        notes.append(f"{left_out} {noun} left out, known since {known.described}")
    return new, {"since": about, "notes": notes}


def project_sides(ws: Workspace) -> tuple[list[Schema], list[str]]:
    """What the project itself states, and notes on the sides that it has not.

    Of a target that is one schema only the migrations can be said: spec and models speak of the usual one.
    """
    if ws.settings.tenant is not None and has_migrations(ws):
        said = "spec and models are held against the migrations by `todo-db drift` without a schema"
        return [ws.side("migrations")], [said]
    sides: list[Schema] = []
    notes: list[str] = []
    for name, there, instead in (
        ("spec", has_spec(ws), "there is no spec"),
        ("models", bool(ws.settings.models), "[tool.todo-db] names no models"),
        (
            "migrations",
            has_migrations(ws),
            f"there is no {ws.settings.relative(ws.settings.migrations_dir)}/",
        ),
    ):
        if there:
            sides.append(ws.side(name))
        else:
            notes.append(
                f"{name} were left out: {instead}" if name != "spec" else f"spec was left out: {instead}"
            )
    return sides, notes


def _stamps(ws: Workspace, live: Schema) -> tuple[str | None, str | None]:
    """The revision in live's alembic_version (None: not stamped), and the head of the history."""
    if not has_migrations(ws):
        return None, None
    from todo_db.sources.migrations import head

    return ",".join(live.revisions or ()) or None, head(ws)


def _standing(ws: Workspace, live: Schema, comparison: Comparison) -> Standing:
    """Where live stands in the history; the history is replayed only where live is not at its head."""
    if not has_migrations(ws):
        return Standing()
    both = (d.values for d in comparison.differences if {"live", "migrations"} <= d.values.keys())
    return standing(ws, live, is_head=all(v["live"] == v["migrations"] for v in both))


def matrix(comparison: Comparison) -> list[dict[str, Any]]:
    """One row per top-level object: for each side 'same', 'differs', 'absent' or 'silent'.

    What differs in a table's columns, keys and indexes counts as the table's.
    """
    names = [s.side for s in comparison.sides]
    rows = {r.key: r for r in comparison.rows}
    odd: dict[Key, dict[str, int]] = {}
    for difference in comparison.differences:
        top = _top(difference.any, rows)
        marks = odd.setdefault(top, {})
        for side in _minority(difference.values):
            marks[side] = marks.get(side, 0) + 1
    return [
        {
            "kind": row.key.kind,
            "object": row.key.name,
            "sides": {n: _mark(row, i, odd.get(row.key, {}).get(n, 0)) for i, n in enumerate(names)},
            "differences": sum(odd.get(row.key, {}).values()),
            "external": row.external,
        }
        for row in comparison.rows
        if row.any.bearer not in rows
    ]


def _top(obj: DbObject, rows: Mapping[Key, Row]) -> Key:
    """The outermost object that bears this one."""
    bearer = rows.get(obj.bearer) if obj.bearer is not None else None
    return _top(bearer.any, rows) if bearer is not None else obj.key


def _minority(values: Mapping[str, object]) -> list[str]:
    """The sides that fewest others agree with; on a tie those of less authority."""
    groups: dict[object, list[str]] = {}
    for side, value in values.items():
        groups.setdefault(value, []).append(side)
    most = max(len(g) for g in groups.values())
    majority = next(g for g in groups.values() if len(g) == most)
    return [side for side in values if side not in majority]


def _mark(row: Row, side: int, odd: int) -> str:
    if row.objects[side] is None:
        return "absent" if row.speaks[side] else "silent"
    return "differs" if odd else "same"
