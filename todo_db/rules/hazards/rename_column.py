"""Columns of existing tables that have another name."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD558",
    name="rename-column",
    severity=Severity.ERROR,
    title="A column is renamed under running code",
    reason="""
Code that is running names the old column and fails from the moment of the commit until it is
replaced.
""",
    example="""
Right: add the new column, write both, fill it, move the readers, drop the old one; or a view with
the old name.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Columns of existing tables that have another name."""
    for step in subject.steps:
        for event in subject.on_old(step, "column-renamed"):
            if event.relation and event.relation.kind in "rpvm":
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"running code that says {event.before.name} fails at once",
                    f"add {event.after.name} beside it, write both, fill it in batches, move "
                    "the readers, drop the old one",
                )
