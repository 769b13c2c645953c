"""Partitions that were detached under an exclusive lock."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD545",
    name="detach-not-concurrent",
    severity=Severity.ERROR,
    title="Detaching a partition blocks the whole table",
    reason="""
DETACH PARTITION takes ACCESS EXCLUSIVE on the parent: every query on any partition waits.
""",
    example="""
Right: `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`, outside the transaction.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Partitions that were detached under an exclusive lock."""
    for step in subject.steps:
        if step.alone:
            continue
        for event in subject.on_old(step, "detached"):
            parent = step.before.relations.get(event.before)
            if parent is None or parent.kind != "p" or event.relation is None:
                continue
            part = suggest.table_name(event.relation)
            sql = f"ALTER TABLE {suggest.table_name(parent)} DETACH PARTITION {part} CONCURRENTLY"
            yield subject.finding(
                RULE,
                step,
                parent,
                f"{event.relation.shown} is detached while nobody can use {parent.shown}",
                "Instead:\n" + suggest.autocommit(suggest.execute(sql)),
            )
