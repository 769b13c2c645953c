"""migrate --targets: the same revisions on many databases, a bounded number at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from todo_db.errors import Exit, UsageError
from todo_db.findings import Report
from todo_db.sources.workspace import Workspace
from todo_db.workflows import fleet_targets
from todo_db.workflows.expected import keep
from todo_db.workflows.fleet_pool import Pool
from todo_db.workflows.fleet_targets import FleetTarget, State
from todo_db.workflows.migrate import begin
from todo_db.workflows.outcome import Outcome

COMMAND = "migrate"
JOBS = 4
OUTCOMES = ("applied", "nothing to do", "failed", "done before", "not begun")
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Fleet:
    """What was asked for. source: a file, '-' or a command. first: so many targets go before the others."""

    source: str
    jobs: int = JOBS
    first: int = 0
    resume: bool = False
    state: Path | None = None


@dataclass(slots=True)
class _Tally:
    """What came of it: numbers, and only of what failed more than that."""

    total: int
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def ended(self) -> int:
        return sum(self.counts.values())


def migrate_fleet(ws: Workspace, fleet: Fleet, options: Mapping[str, Any]) -> tuple[Outcome, Exit]:
    """Migrate each target; one that fails neither stops nor harms the others.

    options: those of `migrate`. The first target goes alone: what the history builds is worked out for it
    and kept for all. With `first` the rest is begun only if those succeeded. Raises UsageError for a list
    that cannot be read (nothing was changed then) and KeyboardInterrupt where somebody stopped it.
    """
    if fleet.jobs < 1 or fleet.first < 0:
        raise UsageError("--jobs begins at 1, and --first at 0")
    run = begin(ws, options.get("to"))
    targets = fleet_targets.read(fleet.source, ws.settings.root)
    path = fleet.state or fleet_targets.state_path(fleet.source, ws.settings.root)
    state = State(path, run.goal or "base", resume=fleet.resume)
    tally = _Tally(len(targets))
    waiting = [t for t in targets if t.identity not in state.done]
    if before := len(targets) - len(waiting):
        tally.counts["done before"] = before
        ws.say(f"{before} of {len(targets)} targets were done before")
    try:
        with Pool(ws.settings.root, options, fleet.jobs, ws.say) as pool:
            for part in _parts(waiting, fleet.first):
                if fleet.first and tally.failures:
                    break
                _each(ws, pool, part, tally, state)
            if pool.interrupted:
                ws.say(f"interrupted: {_counted(tally)}; to go on: the same command with --resume")
                raise KeyboardInterrupt
    finally:
        state.close()
    if rest := tally.total - tally.ended:
        tally.counts["not begun"] = rest
    note = keep(ws) if tally.counts["applied"] else None
    return _told(tally, run.goal, path, [note] if note else [])


def _parts(targets: Sequence[FleetTarget], first: int) -> Iterator[Sequence[FleetTarget]]:
    """One alone, then those that go before the others, then the others."""
    cuts = sorted({1, max(first, 1)})
    for start, end in zip([0, *cuts], [*cuts, len(targets)], strict=True):
        if targets[start:end]:
            yield targets[start:end]


def _each(ws: Workspace, pool: Pool, targets: Sequence[FleetTarget], tally: _Tally, state: State) -> None:
    for target, result in pool.run(targets):
        state.write(target, result)
        tally.counts[result["outcome"]] += 1
        number = f"[{tally.ended}/{tally.total}]"
        if result["error"]:
            tally.failures.append((target.name, result["error"]))
            ws.say(f"{number} {target.name}: failed: {result['error']['what']}")
        else:
            ws.say(f"{number} {target.name}: {result['outcome']} ({result['seconds']:.2f} s)")


# ---- what is said ---------------------------------------------------------------------------------------


def _told(tally: _Tally, goal: str | None, path: Path, notes: Sequence[str]) -> tuple[Outcome, Exit]:
    code = Exit.APPLY_FAILED if tally.failures else Exit.CLEAN
    counts = {name: tally.counts[name] for name in OUTCOMES}
    failed = [{"target": name, **error} for name, error in tally.failures]
    facts = {"goal": goal, "targets": {"all": tally.total, **counts}, "failed": failed, "state": str(path)}
    lines = [f"{name:<14}{count:>7}" for name, count in counts.items() if count]
    lines.append(f"{'targets':<14}{tally.total:>7}")
    for name, error in tally.failures[:_SHOWN]:
        lines += [f"failed: {name}", f"  {error['what']}"]
        lines += [f"  hint: {error['hint']}"] if error["hint"] else []
    if len(tally.failures) > _SHOWN:
        lines.append(f"… and {len(tally.failures) - _SHOWN} more: they are in {path}")
    if tally.failures:
        begun = ", which also begins with what was not begun" if tally.counts["not begun"] else ""
        lines.append(f"the others are not harmed by it; to try again: the same command with --resume{begun}")
    lines += [f"note: {note}" for note in notes]
    return Outcome(Report(COMMAND, notes=tuple(notes), extra=facts), "\n".join(lines)), code


def _counted(tally: _Tally) -> str:
    return ", ".join(f"{n} {name}" for name, n in tally.counts.items()) or "nothing was done"
