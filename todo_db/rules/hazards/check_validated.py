"""Checks on existing tables that were tested when they were added."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD535",
    name="check-validated",
    severity=Severity.ERROR,
    title="A CHECK is tested on all rows while nobody can use the table",
    reason="""
ADD CONSTRAINT … CHECK reads the whole table under ACCESS EXCLUSIVE.
""",
    example="""
Right: NOT VALID first, which takes a moment and holds for new rows at once; VALIDATE CONSTRAINT in
the next revision, which blocks nobody.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Checks on existing tables that were tested when they were added."""
    for step in subject.steps:
        for event in subject.on_old(step, "constraint-added"):
            constraint, table = event.after, event.relation
            if table is None or constraint.kind != "c" or constraint.inherited:
                continue
            if constraint.valid and step.scanned(table.oid) and not subject.made_again(step, event):
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"all rows of {table.shown} are tested while nobody can read or write it",
                    "Instead:\n" + suggest.validated_later(table, constraint),
                )
