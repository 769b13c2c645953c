"""Statements after which search_path is another."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD582",
    name="search-path",
    severity=Severity.WARNING,
    title="Names mean something else from here on",
    reason="""
What has no schema is looked for along search_path. A revision that sets it changes what the
following statements mean, and, in the same session, what the following revisions mean.
""",
    example="""
Right: qualify the names (`schema="billing"` in op.*), and leave search_path alone.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements after which search_path is another."""
    usual = before = subject.measured.search_path
    for step in subject.steps:
        now = step.settings["search_path"]
        if now not in (before, usual):
            yield subject.finding(
                RULE, step, "", f"search_path is {now!r} for what follows", 'qualify the names: schema="…"'
            )
        before = now
