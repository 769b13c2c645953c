"""New indexes, not unique, with more than three key columns."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD575",
    name="wide-index",
    severity=Severity.INFO,
    title="An index over many columns",
    reason="""
More than three columns rarely pay: each write keeps all of them up to date, and the later ones help
few queries.
""",
    example="""
Right: the columns that queries filter by; others with INCLUDE where an index-only scan is wanted.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New indexes, not unique, with more than three key columns."""
    for step in subject.steps:
        for event in step.of("created"):
            facts = event.after.index
            if facts is not None and facts.keys > 3 and not facts.unique:
                yield subject.finding(
                    RULE, step, event.after, f"it has {facts.keys} key columns", "narrow it, or use INCLUDE"
                )
