"""Exclusion constraints that were added to an existing table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD541",
    name="exclusion-constraint",
    severity=Severity.ERROR,
    title="An exclusion constraint is built while nobody can use the table",
    reason="""
Its index is built and every row is held against the others under ACCESS EXCLUSIVE. PostgreSQL has
no NOT VALID and no CONCURRENTLY for it.
""",
    example="""
Right: a new table with the constraint, filled in batches and swapped; or a time at which the table
can be spared.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Exclusion constraints that were added to an existing table."""
    for step in subject.steps:
        for event in subject.on_old(step, "constraint-added"):
            if event.after.kind == "x" and event.relation and not subject.made_again(step, event):
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"all rows of {event.relation.shown} are held against each other while nobody can use it",
                    "there is no online form: fill a new table that has the constraint and "
                    "swap, or choose a quiet hour",
                )
