"""Schemas that have another name, and tables that lie in another."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD560",
    name="move-schema",
    severity=Severity.ERROR,
    title="A table moves to another schema, or a schema is renamed",
    reason="""
Qualified names in running code fail at once; unqualified ones are found only where search_path
leads there.
""",
    example="""
Right: a view in the old place, or the table anew in the new schema, written twice and swapped.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Schemas that have another name, and tables that lie in another."""
    for step in subject.steps:
        moved = subject.on_old(step, "moved")
        renamed = step.of("schema-changed")
        for event in renamed or [e for e in moved if e.relation and e.relation.kind in "rpvmf"]:
            yield subject.finding(
                RULE,
                step,
                event,
                f"{event.before} → {event.after}: running code that says the old name fails at once",
                "leave views with the old names behind until nobody uses them",
            )
