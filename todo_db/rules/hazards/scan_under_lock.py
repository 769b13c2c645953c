"""Scans under a lock for which no other rule has a better word."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import WRITE_BLOCKING
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD529",
    name="scan-under-lock",
    severity=Severity.WARNING,
    title="All rows of a table are read while others are locked out",
    reason="""
The lock is held for as long as the reading takes, which grows with the table. Attaching a
partition, a domain's new constraint and code in DO blocks are the usual reasons.
""",
    example="""
Right: for a partition, add a CHECK that says the same as its bounds beforehand, NOT VALID and then
validated: ATTACH then reads nothing.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Scans under a lock for which no other rule has a better word."""
    for step in subject.steps:
        known = {t.oid for t in (*subject.rewritten(step), *subject.truncated(step))}
        known |= {t.oid for _, t in subject.built(step)} | {t.oid for t, _ in subject.written(step)}
        reasons = ("constraint-added", "constraint-validated", "column-required", "column-retyped")
        known |= {e.relation.oid for e in subject.on_old(step, *reasons) if e.relation}
        known |= {
            e.after.target for e in step.of("constraint-added")
        }  # a foreign key reads both of its tables
        known |= {e.after.target for e in step.of("constraint-validated")}
        for table in subject.scanned(step):
            if table.oid not in known and step.taken(table.oid) & WRITE_BLOCKING:
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"it reads all rows of {table.shown} under a lock that blocks "
                    f"{subject.blocks(step, table.oid)}",
                    "let what has to be read be known beforehand (a validated CHECK), or "
                    "read before the lock is taken",
                )
