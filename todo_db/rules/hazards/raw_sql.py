"""Calls of op.execute without a comment at or above them."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD577",
    name="raw-sql",
    severity=Severity.INFO,
    title="SQL that nobody says the reason of",
    reason="""
What `op.execute` does is not to be seen from its name, and reviewers have to trust it. (What it
does is measured here all the same.)
""",
    example="""
Right: a comment at the statement that says what it is for.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Calls of op.execute without a comment at or above them."""
    for call in subject.source.calls():
        if call.name == "execute" and not subject.source.explained(call.line):
            yield subject.finding(
                RULE,
                call.line,
                "",
                "SQL without a word on why it is needed",
                "say it in a comment above the statement",
            )
