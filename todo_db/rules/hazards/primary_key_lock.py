"""A primary key on an existing table that built an index."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import keys
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD539",
    name="primary-key-lock",
    severity=Severity.ERROR,
    title="A primary key builds its index while nobody can use the table",
    reason="""
The index is built under ACCESS EXCLUSIVE: all reads and writes wait until it is done.

A primary key also makes its columns NOT NULL, which reads the table once more.
""",
    example="""
Right: `CREATE UNIQUE INDEX CONCURRENTLY` outside the transaction, then, in the next revision, `ADD
CONSTRAINT … PRIMARY KEY USING INDEX`, which takes a moment.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """A primary key on an existing table that built an index."""
    yield from keys.built(subject, RULE, "p")
