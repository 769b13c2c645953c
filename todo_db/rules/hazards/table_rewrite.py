"""Rewrites that no column's change explains."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD523",
    name="table-rewrite",
    severity=Severity.ERROR,
    title="A table is written anew while nobody can use it",
    reason="""
Every row is copied to a new file and every index is built again, under a lock that blocks all reads
and writes. It takes as long as the table is big, and needs the same space once more.
""",
    example="""
`ALTER TABLE … SET UNLOGGED`, `SET ACCESS METHOD` and `SET TABLESPACE` do it. Build a new table
beside the old one, fill it in batches, and swap the two; or say when the table can be spared.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Rewrites that no column's change explains."""
    for step in subject.steps:
        for table in subject.rewritten(step):
            if subject.rewrite_cause(step, table) == "storage":
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"it writes all of {table.shown} anew; "
                    f"{subject.blocks(step, table.oid) or 'nobody'} wait meanwhile",
                    "make a new table beside it, fill it in batches, swap the two",
                )
