"""drift and migrate status with --targets: which databases of a fleet differ, and equal differences once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from todo_db.errors import UsageError
from todo_db.findings import Finding, Place, Report, Rule, Severity, Unknown
from todo_db.revisions import rules
from todo_db.sources.workspace import Workspace
from todo_db.workflows import fleet_targets
from todo_db.workflows.fleet import JOBS
from todo_db.workflows.fleet_look import AS_IT_SHOULD_BE, BEHIND, DIFFERS
from todo_db.workflows.fleet_pool import Pool
from todo_db.workflows.outcome import Outcome

FAILED = "failed"
OUTCOMES = (AS_IT_SHOULD_BE, BEHIND, DIFFERS, FAILED)
_SHOWN = 5
Names = list[str]


@dataclass(slots=True)
class _Seen:
    """What was seen of all targets: numbers, and the names of those that are not as they should be."""

    counts: Counter[str] = field(default_factory=Counter)
    behind: dict[tuple[str, ...], Names] = field(default_factory=dict)
    strange: dict[tuple[str, ...], Names] = field(default_factory=dict)
    findings: dict[tuple[Any, ...], tuple[Mapping[str, Any], Names]] = field(default_factory=dict)
    failed: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    unknown: dict[str, Names] = field(default_factory=dict)
    stamps: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, result: Mapping[str, Any]) -> None:
        self.counts[result["outcome"]] += 1
        if result["error"]:
            self.failed.append((name, result["error"]))
            return
        self.stamps[", ".join(result["stamp"]) or "none"] += 1
        if result["pending"]:
            self.behind.setdefault(tuple(result["pending"]), []).append(name)
        for text in result["unknown"]:
            self.unknown.setdefault(text, []).append(name)
        if result["unknown_stamp"] and not result["findings"]:
            self.strange.setdefault(tuple(result["unknown_stamp"]), []).append(name)
        for f in result["findings"]:
            same = (f["code"], f["kind"], f["object"], f["message"])
            self.findings.setdefault(same, (f, []))[1].append(name)

    def sort(self, order: Mapping[str, int]) -> None:
        """The names in the order of the list, and not in that in which the targets were done."""
        lists = [*self.behind.values(), *self.strange.values(), *self.unknown.values()]
        for names in [*lists, *(names for _, names in self.findings.values())]:
            names.sort(key=order.__getitem__)
        self.failed.sort(key=lambda f: order[f[0]])


def look(ws: Workspace, source: str, *, command: str, deep: bool, jobs: int | None = None) -> Outcome:
    """Look at each target, a bounded number at a time; the findings are those of all, each once.

    deep: as `drift` looks at one; else only the stamps are read. Nothing is changed anywhere. A target that
    cannot be looked at is an unknown. Raises UsageError for a list that cannot be read, and KeyboardInterrupt
    where somebody stopped it.
    """
    at_once = JOBS if jobs is None else jobs
    if at_once < 1:
        raise UsageError("--jobs begins at 1")
    targets = fleet_targets.read(source, ws.settings.root, purpose="read")
    own, notes = _own(ws) if deep else ([], [])
    seen = _Seen()
    order = {target.name: number for number, target in enumerate(targets)}
    with Pool(ws.settings.root, {"deep": deep}, at_once, ws.say, do="look") as pool:
        for number, (target, result) in enumerate(pool.run(targets), 1):
            seen.add(target.name, result)
            if result["outcome"] != AS_IT_SHOULD_BE:
                said = result["error"]["what"] if result["error"] else result["outcome"]
                ws.say(f"[{number}/{len(targets)}] {target.name}: {said}")
        if pool.interrupted:
            raise KeyboardInterrupt
    seen.sort(order)
    findings = (*own, *_differing(seen, len(targets)), *_pending(seen, len(targets)))
    facts = {
        "targets": {"all": len(targets), **{name: seen.counts[name] for name in OUTCOMES}},
        "stamps": dict(sorted(seen.stamps.items())),
        "differences": [_listed(f, names) for f, names in seen.findings.values()],
        "behind": [{"pending": list(p), "targets": names} for p, names in seen.behind.items()],
        "failed": [{"target": name, **error} for name, error in seen.failed],
    }
    unknown = [Unknown(name, name, e["what"], e["hint"]) for name, e in seen.failed]
    unknown += [Unknown("live", _who(names), text) for text, names in seen.unknown.items()]
    summary = _summary(seen, len(targets))
    told = Report(command, findings, unknown=tuple(unknown), notes=(summary, *notes), extra=facts)
    return Outcome(told, "\n".join([*_table(seen, len(targets)), *(f"note: {n}" for n in notes)]))


def _own(ws: Workspace) -> tuple[list[Finding], list[str]]:
    """Where spec, models and migrations do not agree: the same for every target, so that it is said once."""
    from todo_db.workflows.drift import project_sides
    from todo_db.workflows.judge import judge, waive
    from todo_db.workflows.sides import hold

    sides, _ = project_sides(ws)
    if len(sides) < 2:
        return [], []
    comparison, unknown = hold(ws, sides, ws.settings.compare_also)
    kept, notes = waive(judge(comparison), ws.settings)
    return kept, [*notes, *(f"{u.object}: {u.reason}" for u in unknown)]


# ---- findings -------------------------------------------------------------------------------------------


def _differing(seen: _Seen, total: int) -> Iterator[Finding]:
    for known, names in seen.findings.values():
        yield Finding(
            code=known["code"],
            rule=known["rule"],
            severity=Severity(known["severity"]),
            kind=known["kind"],
            object=known["object"],
            message=f"{known['message']} ({_of(names, total)})",
            sides=known["sides"],
            places=tuple(Place(**p) for p in known["places"]),
            verdict=known["verdict"],
            hint=known["hint"],
        )
    for stamps, names in seen.strange.items():
        rule = rules.UNKNOWN_STAMP
        said = f"stamped with {', '.join(stamps)}, which the history does not have ({_of(names, total)})"
        yield _about_revision(rule, stamps[0], said)


def _pending(seen: _Seen, total: int) -> Iterator[Finding]:
    for pending, names in seen.behind.items():
        rule = rules.PENDING
        more = f" and {len(pending) - 1} more" if len(pending) > 1 else ""
        said = f"revision {pending[0]}{more}: not applied ({_of(names, total)})"
        hint = "todo-db migrate --targets with the same list"
        yield _about_revision(rule, pending[0], said, hint)


def _about_revision(rule: Rule, revision: str, message: str, hint: str | None = None) -> Finding:
    return Finding(rule.code, rule.name, rule.severity, "revision", revision, message, hint=hint)


def _listed(known: Mapping[str, Any], names: Names) -> dict[str, Any]:
    return {**{k: known[k] for k in ("code", "kind", "object", "message")}, "targets": names}


def _of(names: Names, total: int) -> str:
    return f"in {len(names)} of {total} targets: {_who(names)}"


def _who(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


# ---- what is said ---------------------------------------------------------------------------------------


def _summary(seen: _Seen, total: int) -> str:
    """'997 of 1000 targets are as they should be; 2 differ; 1 failed'."""
    words = {BEHIND: "behind", DIFFERS: "differ", FAILED: "could not be looked at"}
    rest = [f"{seen.counts[name]} {said}" for name, said in words.items() if seen.counts[name]]
    return "; ".join([f"{seen.counts[AS_IT_SHOULD_BE]} of {total} targets are as they should be", *rest])


def _table(seen: _Seen, total: int) -> Iterator[str]:
    yield _summary(seen, total)
    for stamp, count in sorted(seen.stamps.items()):
        yield f"{count:>7} at {stamp}"
