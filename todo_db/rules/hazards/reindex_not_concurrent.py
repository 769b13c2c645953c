"""Existing indexes that were built anew while their table stayed as it was."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD532",
    name="reindex-not-concurrent",
    severity=Severity.ERROR,
    title="REINDEX blocks the table",
    reason="""
It blocks all writes, and every query that would use the index, for as long as the index takes to
build.
""",
    example="""
Right: `REINDEX INDEX CONCURRENTLY …` outside the transaction.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Existing indexes that were built anew while their table stayed as it was."""
    for step in subject.steps:
        if step.alone:
            continue
        touched = {
            e.relation.oid for e in step.of("file", "column-retyped") if e.relation and e.relation.is_table
        }
        for event in subject.on_old(step, "file"):
            index = event.relation
            if index is None or index.index is None or index.index.table in touched:
                continue
            table = step.before.relations.get(index.index.table)
            if table is not None and table.oid in subject.old:
                name = quote(index.schema, index.name)
                yield subject.finding(
                    RULE,
                    step,
                    index,
                    f"it is built anew; writes to {table.shown} wait, and queries that would use it"
                    + subject.on_live(table),
                    "Instead:\n" + suggest.autocommit(suggest.execute(f"REINDEX INDEX CONCURRENTLY {name}")),
                )
