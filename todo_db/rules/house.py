"""What a house rule is: its record, how it words findings, and how rules are found in their folder."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from todo_db.findings import Finding, Place, Rule, Severity, register


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRule:
    """The record of a rule; a file under `rules/spec` or `rules/models` holds one, called RULE, and `check`.

    reason: why it is worth having. example: Markdown that shows the fault and, after it, what to write.
    Registers itself for `todo-db explain`; a code given twice fails at import.
    """

    code: str
    name: str
    severity: Severity
    title: str
    reason: str
    example: str
    rule: Rule = field(init=False)

    def __post_init__(self) -> None:
        explain = f"{self.reason.strip()}\n\n{self.example.strip()}"
        rule = Rule(self.code, self.name, self.severity, self.title, explain)
        object.__setattr__(self, "rule", register(rule))

    def finding(
        self,
        kind: str,
        name: str,
        message: str,
        places: Iterable[Place | None],
        *,
        side: str,
        stated: str | None = None,
        hint: str | None = None,
        severity: Severity | None = None,
        question: bool = False,
    ) -> Finding:
        """A finding of this rule. stated: what `side` says; places that nobody knows are left out."""
        return Finding(
            code=self.code,
            rule=self.name,
            severity=severity or self.severity,
            kind=kind,
            object=name,
            message=message,
            sides={} if stated is None else {side: stated},
            places=tuple(dict.fromkeys(p for p in places if p is not None)),
            hint=hint,
            question=question,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """A rule and the function that finds where a subject breaks it."""

    rule: HouseRule
    run: Callable[[Any], Iterator[Finding]]


def discover(package: ModuleType) -> tuple[Check, ...]:
    """The checks in a package's modules, by code. AttributeError: a module lacks RULE or check."""
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{info.name}")
        found.append(Check(module.RULE, module.check))
    return tuple(sorted(found, key=lambda check: check.rule.code))
