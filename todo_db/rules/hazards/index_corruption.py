"""Concurrent builds where the live server has the bug."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD584",
    name="index-corruption",
    severity=Severity.ERROR,
    title="CONCURRENTLY on PostgreSQL 14.0 to 14.3",
    reason="""
These versions may build a corrupt index: rows that are changed meanwhile can be missing from it.
""",
    example="""
Right: upgrade the server to 14.4 or newer, then `REINDEX INDEX CONCURRENTLY` what was built before.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Concurrent builds where the live server has the bug."""
    if subject.around.server is not None and 140000 <= subject.around.server < 140004:
        for step in subject.steps:
            if step.alone and (subject.built(step) or step.of("file")):
                yield subject.finding(
                    RULE, step, "", "the live server may build a corrupt index", "upgrade to 14.4"
                )
