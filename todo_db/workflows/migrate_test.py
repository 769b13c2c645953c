"""migrate test: every revision up, down and up again on scratch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from todo_db.findings import Finding, Place, Rule
from todo_db.revisions import rules
from todo_db.schema import Key, Schema
from todo_db.sources import history as histories
from todo_db.sources.history import Revision
from todo_db.sources.runner import RevisionFailedError
from todo_db.sources.workspace import Workspace
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import hold, report

if TYPE_CHECKING:
    from todo_db.sources.replay import Replay

COMMAND = "migrate test"


def test(ws: Workspace) -> Outcome:
    """A finding for each revision that does not run, or whose downgrade does not lead back.

    Raises HistoryError (exit 3) for two heads, UndeterminedError where scratch cannot be had.
    """
    history = histories.read(ws.settings)
    head = history.head()
    revisions = history.up_to([head] if head else [])
    findings = list(_try(ws, revisions))
    told = report(ws, COMMAND, findings, revisions=[r.id for r in revisions])
    return Outcome(
        told, f"{len(revisions)} revision(s): each runs up, down and up again, and leaves no trace"
    )


def _try(ws: Workspace, revisions: Sequence[Revision]) -> Iterator[Finding]:
    from todo_db.sources.replay import replay

    try:
        with replay(ws, revisions, pause_before={r.id for r in revisions}, progress=ws.say) as run:
            states = [before for _, before, _ in run.steps] + [run.schema()]
            traces = _Traces(ws, run)
            for number, revision in reversed(list(enumerate(revisions))):
                run.downgrade(revision.id)
                if said := traces.new(states[number]):
                    message = f"the downgrade of revision {revision.id} does not lead back: {said}"
                    yield _finding(ws, rules.NOT_REVERSIBLE, revision, message)
            for number, revision in enumerate(revisions):
                run.upgrade(revision.id)
                if said := traces.new(states[number + 1]):
                    message = f"revision {revision.id} leads elsewhere the second time: {said}"
                    yield _finding(ws, rules.NOT_REPEATABLE, revision, message)
    except RevisionFailedError as error:
        yield _failed(ws, error, revisions)


class _Traces:
    """What differs from how it was, each thing once: the step after which it is first seen is at fault."""

    def __init__(self, ws: Workspace, run: Replay) -> None:
        self._ws = ws
        self._run = run
        self._known: set[tuple[Key, str]] = set()

    def new(self, wanted: Schema) -> str:
        """What is seen for the first time, in words; nothing if there is none."""
        comparison, _ = hold(self._ws, [wanted.with_side("before"), self._run.schema("now")])
        found = [d for d in comparison.differences if (d.key, d.fact) not in self._known]
        self._known.update((d.key, d.fact) for d in found)
        said = [f"{d.key.kind} {d.key.name} {d.fact or 'exists'} {dict(d.values)}" for d in found]
        return "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")


def _failed(ws: Workspace, error: RevisionFailedError, revisions: Sequence[Revision]) -> Finding:
    revision = next(r for r in revisions if r.id == error.failed.revision)
    return _finding(ws, rules.DOES_NOT_RUN, revision, error.what, line=error.failed.line, hint=error.hint)


def _finding(
    ws: Workspace,
    rule: Rule,
    revision: Revision,
    message: str,
    *,
    line: int | None = None,
    hint: str | None = None,
) -> Finding:
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        kind="revision",
        object=revision.id,
        message=message,
        places=(Place("migrations", ws.settings.relative(revision.path), line or 1),),
        hint=hint,
    )
