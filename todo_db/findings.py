"""What a check reports: findings, the rules behind them, and the summary that decides the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from todo_db.errors import Exit

FORMAT_VERSION = 1


class Severity(StrEnum):
    """How much a finding weighs; `--fail-on` names the lightest one that fails a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_WEIGHT = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.INFO: 0}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a side states something; `path` is relative to the project, `line` counts from 1."""

    side: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding. `explain` is Markdown: what it means, why it matters, how to mend it."""

    code: str
    name: str
    severity: Severity
    title: str
    explain: str = ""


RULES: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Make a rule known to `todo-db explain` and to waivers; a code given twice fails at import."""
    if RULES.get(rule.code, rule) != rule:
        raise ValueError(f"{rule.code} stands for both {RULES[rule.code].name} and {rule.name}")
    RULES[rule.code] = rule
    return rule


@dataclass(frozen=True, slots=True)
class Step:
    """What to change on one side: at a place, by a command, or by statements with their hazards."""

    side: str
    text: str
    place: Place | None = None
    command: str | None = None
    sql: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The step in the shape of `--format json`."""
        place = None if self.place is None else {"path": self.place.path, "line": self.place.line}
        return {
            "side": self.side,
            "text": self.text,
            "place": place,
            "command": self.command,
            "sql": list(self.sql),
            "hazards": list(self.hazards),
        }


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a difference: what all sides agree on afterwards, and what each has to change for it."""

    goal: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or unclear.

    `sides` holds what each side with an opinion states (None: the object is absent there).
    `verdict` names the odd one out, `hint` what mends it, `ways` how in detail. `question` marks what
    only the author of the spec can answer.
    """

    code: str
    rule: str
    severity: Severity
    kind: str
    object: str
    message: str
    sides: Mapping[str, str | None] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    verdict: str | None = None
    hint: str | None = None
    question: bool = False
    ways: tuple[Way, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding in the shape of `--format json`."""
        return {
            "code": self.code,
            "rule": self.rule,
            "severity": str(self.severity),
            "kind": self.kind,
            "object": self.object,
            "message": self.message,
            "sides": dict(self.sides),
            "places": [{"side": p.side, "path": p.path, "line": p.line} for p in self.places],
            "verdict": self.verdict,
            "hint": self.hint,
            "question": self.question,
            "ways": [{"goal": w.goal, "steps": [s.as_dict() for s in w.steps]} for w in self.ways],
        }

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Stable order: by object, then by code and what is said."""
        return (self.object, self.kind, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be read or compared; it keeps a run from being green."""

    side: str
    object: str
    reason: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a checking command found; the one value that every format renders."""

    command: str
    findings: tuple[Finding, ...] = ()
    objects: int = 0
    facts: int = 0
    unknown: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(f.severity is severity for f in self.findings)

    def exit_code(self, fail_on: Severity = Severity.WARNING) -> Exit:
        """0 clean, 1 findings at least as heavy as `fail_on`, 3 something unknown and nothing found."""
        if any(_WEIGHT[f.severity] >= _WEIGHT[fail_on] for f in self.findings):
            return Exit.FINDINGS
        return Exit.UNDETERMINED if self.unknown else Exit.CLEAN

    def as_dict(self, exit_code: int) -> dict[str, Any]:
        """The report in the shape of `--format json`; keys may be added, never changed."""
        return {
            "version": FORMAT_VERSION,
            "command": self.command,
            "exit_code": int(exit_code),
            "findings": [f.as_dict() for f in self.findings],
            "summary": {
                "objects": self.objects,
                "facts": self.facts,
                "unknown": len(self.unknown),
                "errors": self.count(Severity.ERROR),
                "warnings": self.count(Severity.WARNING),
                "questions": sum(f.question for f in self.findings),
            },
            "unknown": [
                {"side": u.side, "object": u.object, "reason": u.reason, "hint": u.hint} for u in self.unknown
            ],
            "notes": list(self.notes),
            **self.extra,
        }


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings without repeats, in the order in which every format shows them."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        seen.setdefault((*finding.sort_key, finding.places), finding)
    return tuple(sorted(seen.values(), key=lambda f: f.sort_key))
