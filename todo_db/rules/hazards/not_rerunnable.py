"""Statements outside a transaction that failed when they were sent again."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD551",
    name="not-rerunnable",
    severity=Severity.WARNING,
    title="What ran outside a transaction cannot be run again",
    reason="""
When a revision stops halfway, what it did outside the transaction stays, and the next run starts
from its beginning. It was sent a second time on scratch, and failed: somebody would have to clean
up by hand.
""",
    example="""
Right: `DROP INDEX CONCURRENTLY IF EXISTS i` before `CREATE INDEX CONCURRENTLY i …`; `IF NOT
EXISTS`; one such statement per revision.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements outside a transaction that failed when they were sent again."""
    for step, message in subject.measured.rerun[:1]:
        yield subject.finding(
            RULE,
            step,
            "",
            f"sent again after an interrupted run it fails: {message}",
            "begin with what clears away what is left (DROP … IF EXISTS), say IF NOT EXISTS, "
            "or ask the catalog first whether it is done",
        )
