"""Indexes of existing tables that were dropped under an exclusive lock."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.facts import READ_BLOCKING, Relation, Step
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD531",
    name="drop-index-not-concurrent",
    severity=Severity.WARNING,
    title="Dropping an index blocks the table",
    reason="""
DROP INDEX takes ACCESS EXCLUSIVE on the table: it waits for all running queries, and later ones
wait behind it.
""",
    example="""
Right: `op.drop_index(…, postgresql_concurrently=True)` outside the transaction.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Indexes of existing tables that were dropped under an exclusive lock."""
    for step in subject.steps:
        if step.alone:
            continue
        made = {e.name for e in step.of("created")}
        with_constraints = {e.before.index for e in step.of("constraint-dropped")}
        for event in subject.on_old(step, "dropped"):
            index = event.relation
            if index is None or index.index is None or index.full in made or index.oid in with_constraints:
                continue
            table = step.after.relations.get(index.index.table)
            if (
                table is not None
                and step.locks.get(table.oid, frozenset()) & READ_BLOCKING
                and not _of_column(step, table)
            ):
                yield subject.finding(
                    RULE,
                    step,
                    index,
                    f"it blocks all reads and writes of {table.shown}, and waits for every query that uses it"
                    + subject.on_live(table),
                    "Instead, in a revision of its own:\n" + suggest.drop_index(index),
                )


def _of_column(step: Step, table: Relation) -> bool:
    """Whether the index went with one of the table's columns."""
    return any(e.relation and e.relation.oid == table.oid for e in step.of("column-dropped"))
