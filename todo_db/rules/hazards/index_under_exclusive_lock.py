"""Indexes on a table that an earlier statement of the transaction has blocked."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.facts import READ_BLOCKING
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD522",
    name="index-under-exclusive-lock",
    severity=Severity.ERROR,
    title="An index is built while the table is blocked by an earlier statement",
    reason="""
The build reads the whole table. An ALTER TABLE before it in the same transaction still holds ACCESS
EXCLUSIVE, so that not even readers get through until the build is done.
""",
    example="""
Wrong: `op.add_column(…)` and `op.create_index(…)` in one revision.

Right: the column in one revision, the index in the next, CONCURRENTLY and outside the transaction.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Indexes on a table that an earlier statement of the transaction has blocked."""
    for step in subject.steps:
        for index, table in subject.built(step):
            if step.held.get(table.oid, frozenset()) & READ_BLOCKING and not step.autocommit:
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"{index.name} is built while an earlier statement blocks all reads and "
                    f"writes of {table.shown}",
                    "Instead, in a revision of its own:\n"
                    + suggest.build_index(index, subject.parts(step, index)),
                )
