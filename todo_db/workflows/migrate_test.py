"""migrate test: every revision up, down and up again on scratch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.findings import Finding, Rule, Unknown
from todo_db.revisions import rules
from todo_db.revisions.proof import Rows
from todo_db.revisions.rows import empty
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


@dataclass(frozen=True, slots=True)
class Tried:
    """A revision that ran up, down and up: how many rows were there, and what became of them.

    back: whether it was taken back, too; that is left out where the way back is known not to lead there.
    """

    revision: Revision
    rows: int = 0
    tables: int = 0
    empty: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    not_back: tuple[str, ...] = ()
    back: bool = True

    @property
    def line(self) -> str:
        """All of it on one line."""
        said = f"{self.revision.id} {self.revision.message}".rstrip() + (
            ": up, down and up again" if self.back else ": up only"
        )
        said += f", with {self.rows} rows in {self.tables} table(s)" if self.rows else ", without rows"
        if self.changed:
            said += f"; changes what is in {', '.join(self.changed)}"
        if self.not_back:
            said += f"; the downgrade does not bring back what was in {', '.join(self.not_back)}"
        return said

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "revision": self.revision.id,
            "message": self.revision.message,
            "rows": self.rows,
            "tables": self.tables,
            "without_rows": dict(self.empty),
            "changed": list(self.changed),
            "not_back": list(self.not_back),
            "back": self.back,
        }


def test(ws: Workspace) -> Outcome:
    """A finding for each revision that does not run, or whose downgrade does not lead back.

    Raises HistoryError (exit 3) for two heads, UndeterminedError where scratch cannot be had.
    """
    history = histories.read(ws.settings)
    head = history.head()
    revisions = history.up_to([head] if head else [])
    trial = _Trial(ws, revisions)
    findings, tried = list(_try(trial)), trial.tried
    without = {table: reason for t in tried for table, reason in t.empty.items()}
    notes = [f"{table} had no rows: {reason}" for table, reason in without.items()]
    rows = [t.as_dict() for t in tried]
    ids = [r.id for r in revisions]
    told = report(ws, COMMAND, findings, unknown=trial.unknown, revisions=ids, tried=rows, notes=notes)
    lines = [*(t.line for t in tried), *(f"note: {note}" for note in notes)]
    lines.append(f"{len(revisions)} revision(s): each runs up, down and up again, and leaves no trace")
    return Outcome(told, "\n".join(lines))


@dataclass(slots=True)
class _Trial:
    """What is known so far. stuck: revisions whose way back fails, leaves a trace, or was not gone."""

    ws: Workspace
    revisions: Sequence[Revision]
    tried: list[Tried] = field(default_factory=list)
    stuck: set[str] = field(default_factory=set)
    unknown: list[Unknown] = field(default_factory=list)


def _try(trial: _Trial) -> Iterator[Finding]:
    """All up and one by one down; then up, down and up with rows, in a new database if that left traces."""
    from todo_db.sources.replay import replay

    ws, revisions = trial.ws, trial.revisions
    try:
        with replay(ws, revisions, pause_before={r.id for r in revisions}, progress=ws.say) as run:
            states = [before for _, before, _ in run.steps] + [run.schema()]
            made, traces = list(run.stand_ins.values()), _Traces(ws, run)
            yield from _down(trial, run, states, traces)
            if not trial.stuck:
                yield from _up(trial, run, states, traces)
        if trial.stuck:
            with replay(ws, []) as run:
                run.stand_in(made)
                yield from _up(trial, run, states, _Traces(ws, run))
    except RevisionFailedError as error:
        yield _failed(ws, error, revisions)


def _down(trial: _Trial, run: Replay, states: Sequence[Schema], traces: _Traces) -> Iterator[Finding]:
    for number, revision in reversed(list(enumerate(trial.revisions))):
        try:
            run.downgrade(revision.id)
        except RevisionFailedError as error:
            yield _failed(trial.ws, error, trial.revisions)
            left = trial.revisions[: number + 1]
            trial.stuck |= {r.id for r in left}
            said = f"not taken back, as revision {revision.id} does not go back"
            trial.unknown += [Unknown("migrations", r.id, said) for r in reversed(left[:-1])]
            return
        if said := traces.new(states[number]):
            message = f"the downgrade of revision {revision.id} does not lead back: {said}"
            trial.stuck.add(revision.id)
            at = [rules.place(trial.ws.settings, revision)]
            yield rules.finding(rules.NOT_REVERSIBLE, revision.id, message, at)


def _up(trial: _Trial, run: Replay, states: Sequence[Schema], traces: _Traces) -> Iterator[Finding]:
    for number, revision in enumerate(trial.revisions):
        trial.ws.say(f"[{number + 1}/{len(trial.revisions)}] with rows: {revision.id}")
        yield from _with_rows(trial, run, revision)
        if said := traces.new(states[number + 1]):
            message = f"revision {revision.id} leads elsewhere the second time: {said}"
            at = [rules.place(trial.ws.settings, revision)]
            yield rules.finding(rules.NOT_REPEATABLE, revision.id, message, at)


def _with_rows(trial: _Trial, run: Replay, revision: Revision) -> Iterator[Finding]:
    """Up, down and up with rows in every table; where they are in the way that is said."""
    ws, tried = trial.ws, trial.tried
    rows = Rows(run.connection)
    before = run.schema()
    rows.fill(before)
    there = rows.count(before)
    back = revision.id not in trial.stuck
    try:
        run.upgrade(revision.id)
    except RevisionFailedError as error:
        if not there or not error.of_rows:
            raise
        yield _of_failure(ws, rules.FAILS_WITH_ROWS, error, revision, error.what)
        empty(run.connection, before)
        run.upgrade(revision.id)
        tried.append(Tried(revision, back=back))
        return
    changed = rows.lost(run.schema())
    not_back: list[Key] = []
    try:
        if back:
            run.downgrade(revision.id)
    except RevisionFailedError as error:
        if not error.of_rows:
            raise
        yield _of_failure(ws, rules.FAILS_WITH_ROWS, error, revision, f"the way back: {error.what}")
    else:
        if back:
            not_back = rows.lost(run.schema())
            run.upgrade(revision.id)
    gone, taken = (tuple(k.name.removeprefix("public.") for k in keys) for keys in (changed, not_back))
    without = {k.name: reason for k, reason in rows.filled.empty.items()}
    tried.append(Tried(revision, sum(there.values()), len(there), without, gone, taken, back))


def _of_failure(
    ws: Workspace, rule: Rule, error: RevisionFailedError, revision: Revision, message: str
) -> Finding:
    at = [rules.place(ws.settings, revision, error.failed.line)]
    return rules.finding(rule, revision.id, message, at, error.hint)


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
    return _of_failure(ws, rules.DOES_NOT_RUN, error, revision, error.what)
