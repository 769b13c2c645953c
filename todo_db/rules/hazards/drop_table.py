"""Existing tables that are no longer there."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD553",
    name="drop-table",
    severity=Severity.ERROR,
    title="A table is dropped with its rows",
    reason="""
The rows are gone and no downgrade brings them back. Code that is running fails at once.
""",
    example="""
Right: deploy code that does without it; rename the table or keep a copy for a while; then drop it,
and say so: `# todo-db: allow TD553 empty since the move`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Existing tables that are no longer there."""
    for step in subject.steps:
        for event in subject.on_old(step, "dropped"):
            if event.relation is not None and event.relation.kind in "rpmf":
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "its rows are gone, and running code that uses it fails",
                    "deploy code that does without it first; then allow it here: # todo-db: "
                    "allow TD553 (reason)",
                )
