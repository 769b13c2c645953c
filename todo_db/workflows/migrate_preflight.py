"""Holds the live data against what pending revisions take for granted, before anything is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from todo_db.errors import ApplyError
from todo_db.findings import Finding, Unknown
from todo_db.sources.history import History, Revision
from todo_db.sources.workspace import Workspace

if TYPE_CHECKING:
    import psycopg

    from todo_db.schema import Schema


@dataclass(frozen=True, slots=True)
class Counted:
    """What the data says. counted: assumptions that were looked at. mended: how many the revisions mend."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    counted: int = 0
    mended: int = 0


def count(
    ws: Workspace,
    connection: psycopg.Connection[Any],
    sides: tuple[Schema, Schema],
    *,
    history: History,
    pending: Sequence[Revision],
) -> Counted:
    """Count on `connection`, read only, what keeps the first side from becoming the second.

    Only where something is found are the pending revisions measured on scratch, for those that change a
    table's rows themselves may well mend them: then nothing is said. Raises UndeterminedError.
    """
    from todo_db.hazards import preflight

    asked = preflight.questions(*sides)
    if not asked:
        return Counted()
    ws.say(f"counting {len(asked)} assumption(s) about the data")
    answers = preflight.ask(connection, asked)
    if not answers.findings:
        return Counted((), answers.unknown, answers.counted)
    from todo_db.workflows.migrate_lint import changed_tables

    changed = changed_tables(ws, history, pending)
    left = [f for f in answers.findings if f.sides["table"] not in changed]
    found = tuple(_placed(ws, pending, left))
    return Counted(found, answers.unknown, answers.counted, len(answers.findings) - len(left))


def refuse(counted: Counted) -> None:
    """Raises ApplyError where the data keeps a pending revision from being applied."""
    if not counted.findings:
        return
    said = [f"{f.object.removeprefix('public.')}: {f.message}" for f in counted.findings[:3]]
    more = f" and {len(counted.findings) - 3} more" if len(counted.findings) > 3 else ""
    first = counted.findings[0]
    raise ApplyError(
        f"the data is not ready for the pending revisions: {'; '.join(said)}{more}; nothing was changed",
        where=str(first.places[0]) if first.places else None,
        hint=f"see the rows: {first.hint} Mend them first, or in a revision before "
        f"(`todo-db explain {first.code}`; `todo-db migrate lint --live` shows all)",
    )


def lines(counted: Counted) -> list[str]:
    """What was counted, for people."""
    result = [f"! {f.object.removeprefix('public.')}: {f.message}" for f in counted.findings]
    result += [f"? {u.object.removeprefix('public.')}: {u.reason}" for u in counted.unknown]
    if counted.counted and not result:
        result.append(f"{counted.counted} assumption(s) about the data hold on the database")
    return result


def _placed(ws: Workspace, pending: Sequence[Revision], findings: Sequence[Finding]) -> list[Finding]:
    """The findings with the line of the pending revision that states the object, where one does."""
    from todo_db.sources.opplaces import places

    known = {key.name: p for (key, _), p in places(pending, ws.settings.root).items()}
    return [replace(f, places=(known[f.object],) if f.object in known else ()) for f in findings]
