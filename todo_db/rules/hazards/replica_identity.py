"""Existing tables whose replica identity changed."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD587",
    name="replica-identity",
    severity=Severity.WARNING,
    title="What logical replication sends of a table changes",
    reason="""
Subscribers find a changed row by the replica identity, and stop where it is no longer what they
know.
""",
    example="""
Right: talk to those who subscribe first.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Existing tables whose replica identity changed."""
    for step in subject.steps:
        for event in subject.on_old(step, "replica"):
            if event.relation and event.relation.is_table:
                yield subject.finding(
                    RULE,
                    step,
                    event.relation,
                    f"the replica identity of {event.relation.shown} changes",
                    "coordinate it with the consumers of the replication",
                )
