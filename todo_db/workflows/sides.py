"""Which sides a project has, and holding them against one another with scratch as the judge of spelling."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from todo_db.compare import Comparison, compare
from todo_db.findings import Report, Unknown
from todo_db.rules import weighed
from todo_db.schema import Schema
from todo_db.sources.workspace import Workspace
from todo_db.workflows.judge import waive

if TYPE_CHECKING:
    from todo_db.findings import Finding


def has_spec(ws: Workspace) -> bool:
    """Whether the project has a spec: named in the settings, on the command line, or in a usual place."""
    from todo_db.spec.locate import discover

    return bool(ws.spec_paths) or bool(discover(ws.settings.root))


def has_migrations(ws: Workspace) -> bool:
    """Whether there is an Alembic history, wherever the settings or Alembic's own options put it."""
    from todo_db.sources.layout import find

    return find(ws.settings).exists


def hold(
    ws: Workspace, sides: Sequence[Schema], also: Collection[str] = ()
) -> tuple[Comparison, tuple[Unknown, ...]]:
    """Compare sides; where only spelling may differ, scratch decides. Also what could not be judged.

    also: as for `compare`.
    """
    unjudged: list[Unknown] = []

    def respell(side: Schema, keys: set) -> dict:  # type: ignore[type-arg]
        from todo_db.sources.respell import Respeller

        respeller = Respeller(ws.scratch)
        result = respeller(side, keys)
        unjudged.extend(respeller.unknown)
        return dict(result)

    comparison = compare(sides, respell=respell, also=also)
    return comparison, tuple(u for s in sides for u in s.unknown) + tuple(unjudged)


def report(
    ws: Workspace,
    command: str,
    findings: Sequence[Finding],
    *,
    comparison: Comparison | None = None,
    unknown: Sequence[Unknown] = (),
    notes: Sequence[str] = (),
    **extra: object,
) -> Report:
    """The report of a command: findings in order, without what the project's settings accept."""
    from todo_db.findings import ordered

    kept, ignored = waive(weighed(findings, ws.settings), ws.settings)
    return Report(
        command,
        ordered(kept),
        objects=len(comparison.rows) if comparison is not None else 0,
        facts=comparison.facts if comparison is not None else 0,
        unknown=tuple(unknown),
        notes=(*notes, *(comparison.set_aside if comparison is not None else ()), *ignored),
        extra=extra,
    )
