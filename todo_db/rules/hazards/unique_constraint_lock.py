"""A unique constraint on an existing table that built an index."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD537",
    name="unique-constraint-lock",
    severity=Severity.ERROR,
    title="A unique constraint builds its index while nobody can use the table",
    reason="""
The index is built under ACCESS EXCLUSIVE: all reads and writes wait until it is done.
""",
    example="""
Right: `CREATE UNIQUE INDEX CONCURRENTLY` outside the transaction, then, in the next revision, `ADD
CONSTRAINT … UNIQUE USING INDEX`, which takes a moment.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """A unique constraint on an existing table that built an index."""
    for step in subject.steps:
        for index, table in subject.built(step):
            event = subject.constraint_of(step, index)
            if event is not None and event.after.kind == "u":
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"its index is built while nobody can read or write {table.shown}",
                    "Instead:\n" + suggest.key_from_index(table, event.after, index),
                )
