"""A unique constraint on an existing table that built an index."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import keys
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
    yield from keys.built(subject, RULE, "u")
