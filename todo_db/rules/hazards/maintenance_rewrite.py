"""Rewrites that change nothing in the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD528",
    name="maintenance-rewrite",
    severity=Severity.ERROR,
    title="CLUSTER or VACUUM FULL in a revision",
    reason="""
They change no fact of the schema, copy the whole table, and block all reads and writes until they
are done.
""",
    example="""
Right: `pg_repack` or `pg_squeeze` beside the running service, outside of migrations; plain VACUUM
where only space is to be used again.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Rewrites that change nothing in the catalog."""
    for step in subject.steps:
        for table in subject.rewritten(step):
            if subject.rewrite_cause(step, table) == "maintenance":
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"it copies all of {table.shown} and changes nothing of the schema; "
                    "nobody can use the table meanwhile",
                    "leave it out of migrations; pg_repack does it beside the running service",
                )
