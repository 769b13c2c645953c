"""Rewrites that no column's change explains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import Relation, Step
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
`ALTER TABLE … SET UNLOGGED`, `SET ACCESS METHOD` and `SET TABLESPACE` do it, and so does a new
column of a domain with a constraint. Build a new table
beside the old one, fill it in batches, and swap the two; or say when the table can be spared.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Rewrites that no column's change explains."""
    for step in subject.steps:
        for table in subject.rewritten(step):
            if subject.rewrite_cause(step, table) == "storage":
                why, hint = _why(step, table)
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"it writes all of {table.shown} anew{why}; "
                    f"{subject.blocks(step, table.oid) or 'nobody'} wait meanwhile",
                    hint,
                )


def _why(step: Step, table: Relation) -> tuple[str, str]:
    """What made PostgreSQL do it, where that is known, and what to do instead."""
    domains = {d.name for d in step.after.domains.values()}
    for event in step.of("column-added"):
        if event.relation and event.relation.oid == table.oid and event.after.type in domains:
            why = f", as {event.after.type}, the type of {event.after.name}, is a domain with a constraint"
            return (
                why,
                "give the column the domain's base type, and a CHECK that is NOT VALID at first",
            )
    if re.search(r"\bUSING\b", step.sql, re.IGNORECASE):
        why = ", with values that USING gives"
        return why, "change the values in batches, in a revision of its own outside the transaction"
    return "", "make a new table beside it, fill it in batches, swap the two"
