"""House rules: what a spec and its models should say beside agreeing with each other; one file per rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from todo_db.errors import UsageError
from todo_db.findings import RULES, Finding, ordered
from todo_db.rules.house import Check, discover
from todo_db.settings import RuleSettings, Settings

if TYPE_CHECKING:
    from todo_db.hazards.subject import Subject
    from todo_db.spec.document import Specification


@cache
def spec_checks() -> tuple[Check, ...]:
    """The rules on specifications (TD3xx), found in `rules/spec`."""
    from todo_db.rules import spec

    return discover(spec)


@cache
def model_checks() -> tuple[Check, ...]:
    """The rules on models (TD4xx), found in `rules/models`."""
    from todo_db.rules import models

    return discover(models)


@cache
def hazard_checks() -> tuple[Check, ...]:
    """The rules on revisions (TD52x to TD59x), found in `rules/hazards`."""
    from todo_db.rules import hazards

    return discover(hazards)


def check_revision(subject: Subject, settings: Settings) -> list[Finding]:
    """What a measured revision does to a running system, by the rules that the settings leave on.

    UsageError: the settings name an unknown rule.
    """
    _require_known(settings)
    return list(chain.from_iterable(check.run(subject) for check in _on(hazard_checks(), settings.rules)))


def check_specification(spec: Specification, settings: Settings) -> list[Finding]:
    """Where a specification breaks the house rules that the settings leave on.

    What the specification leaves open is asked about (`question`), never claimed.
    UsageError: the settings name an unknown rule.
    """
    from todo_db.rules.tables import Tables

    _require_known(settings)
    tables = Tables(spec)
    found = chain.from_iterable(check.run(tables) for check in _on(spec_checks(), settings.rules))
    return weighed(ordered(found), settings)


def check_models(settings: Settings) -> list[Finding]:
    """Where the models' source breaks the rules that the settings leave on; nothing is imported.

    Empty where the settings name no models, or none whose source lies in the project.
    UsageError: the settings name an unknown rule.
    """
    from todo_db.rules.classes import read_models

    _require_known(settings)
    models = read_models(settings)
    found = chain.from_iterable(check.run(models) for check in _on(model_checks(), settings.rules))
    return weighed(ordered(found), settings)


def weighed(findings: Iterable[Finding], settings: Settings) -> list[Finding]:
    """Findings of any rule with the severities of `[tool.todo-db.rules]`; doing it twice is harmless."""
    rules = settings.rules
    return [replace(f, severity=rules.weight(f.code, f.rule, f.severity)) for f in findings]


def _on(checks: Iterable[Check], rules: RuleSettings) -> list[Check]:
    return [check for check in checks if not rules.disabled(check.rule.code, check.rule.name)]


def _require_known(settings: Settings) -> None:
    """An entry that no rule answers to would be without effect, and nobody would notice."""
    if settings.rules == RuleSettings():
        return
    import todo_db.objects.rules
    import todo_db.spec.rules  # noqa: F401 - both make their rules known

    checks = (*spec_checks(), *model_checks(), *hazard_checks())
    house = {word for c in checks for word in (c.rule.code, c.rule.name)}
    every = house | {word for rule in RULES.values() for word in (rule.code, rule.name)}
    where = f"{settings.file}: [tool.todo-db.rules]"
    for pattern in (*settings.rules.strict, *(pattern for pattern, _ in settings.rules.severity)):
        _require_match(pattern, every, where)
    for pattern in settings.rules.disable:
        _require_match(pattern, every, where)
        if not any(fnmatchcase(word, pattern) for word in house):
            raise UsageError(
                f"{pattern} is no house rule and cannot be switched off",
                where=where,
                hint='accept single findings with [[tool.todo-db.ignore]] and a reason = "…"',
            )


def _require_match(pattern: str, words: Iterable[str], where: str) -> None:
    known = sorted(words)
    if not any(fnmatchcase(word, pattern) for word in known):
        close = get_close_matches(pattern, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else "`todo-db explain` lists all"
        raise UsageError(f"no rule is called {pattern!r}", where=where, hint=hint)
