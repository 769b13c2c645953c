"""Constraints that domains have got."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD567",
    name="domain-constraint",
    severity=Severity.WARNING,
    title="A domain with a constraint",
    reason="""
A domain's CHECK is tested on all rows of all tables that use it, under locks on all of them, and
cannot be changed online.
""",
    example="""
Right: the CHECK on the table, NOT VALID and then validated.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Constraints that domains have got."""
    for step in subject.steps:
        for event in step.of("domain-created", "domain-part-added"):
            if event.kind == "domain-part-added" or event.after.parts:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "its constraint is tested on all rows of all tables that use it, and "
                    "cannot be changed online",
                    "say it as a CHECK of the table",
                )
