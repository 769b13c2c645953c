"""explain: what a finding's code means."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module

from todo_db.errors import UsageError
from todo_db.findings import RULES, Rule
from todo_db.report import Document
from todo_db.report.escape import wrap

_WIDTH = 80

# Where rules are registered, beside those that are one file each.
_MODULES = (
    "todo_db.objects.rules",
    "todo_db.spec.rules",
    "todo_db.sources.drafting.rules",
    "todo_db.modelcode.rules",
    "todo_db.revisions.rules",
    "todo_db.workflows.stamp",
    "todo_db.isolation.rules",
    "todo_db.queries.checks",
    "todo_db.hazards.waivers",
    "todo_db.hazards.preflight",
)


def explain(code: str | None, format_name: str = "text") -> Document:
    """One rule, by code or name, or the list of all. Raises UsageError for a code that is none."""
    rules = all_rules()
    chosen = rules if code is None else [find(rules, code)]
    if format_name == "json":
        return Document(json.dumps({"version": 1, "rules": [_as_dict(r) for r in chosen]}, indent=2))
    if code is None:
        return Document("\n".join(f"{r.code}  {r.severity:<8} {r.name}: {r.title}" for r in chosen))
    return Document(_page(chosen[0]))


def all_rules() -> list[Rule]:
    """Every rule of every check, by code. Importing the checks registers them."""
    from todo_db.rules import hazard_checks, model_checks, spec_checks

    for module in _MODULES:
        import_module(module)
    spec_checks()
    model_checks()
    hazard_checks()

    return sorted(RULES.values(), key=lambda rule: rule.code)


def find(rules: Iterable[Rule], word: str) -> Rule:
    """The rule of that code or name, whatever its capitals."""
    known = {name.lower(): rule for rule in rules for name in (rule.code, rule.name)}
    if word.lower() not in known:
        close = get_close_matches(word.lower(), known, 1)
        hint = f"did you mean {known[close[0]].code} ({known[close[0]].name})?" if close else None
        raise UsageError(f"no finding is called {word!r}", hint=hint or "`todo-db explain` lists all")
    return known[word.lower()]


def _page(rule: Rule) -> str:
    head = f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.title}"
    paragraphs = [head, *(_reflowed(p) for p in rule.explain.strip().split("\n\n") if p)]
    return "\n".join(wrap("\n\n".join(paragraphs), _WIDTH))


def _reflowed(paragraph: str) -> str:
    """A paragraph of Markdown in one line; lists, tables and code keep their lines."""
    lines = paragraph.splitlines()
    if any(line.startswith(("-", "*", "|", "    ", "```", "1.")) for line in lines):
        return paragraph
    return " ".join(line.strip() for line in lines)


def _as_dict(rule: Rule) -> dict[str, str]:
    return {
        "code": rule.code,
        "rule": rule.name,
        "severity": str(rule.severity),
        "title": rule.title,
        "explain": rule.explain,
    }
