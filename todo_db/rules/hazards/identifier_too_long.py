"""Names in SQL that have more than 63 bytes."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.postgres.script import ScriptError, split
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD581",
    name="identifier-too-long",
    severity=Severity.ERROR,
    title="A name that PostgreSQL cuts",
    reason="""
PostgreSQL keeps 63 bytes of a name and says so only in a notice. Two names may become one, and a
later revision does not find it by its full name.
""",
    example="""
Right: a shorter name.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Names in SQL that have more than 63 bytes."""
    for step in subject.steps:
        try:
            tokens = [t for p in split(step.sql) for t in p.tokens if t.kind in ("word", "quoted")]
        except ScriptError:
            continue
        for name in dict.fromkeys(t.name for t in tokens if len(t.name.encode()) > 63):
            kept = name.encode()[:63].decode(errors="ignore")
            yield subject.finding(
                RULE, step, "", f"{name} has {len(name.encode())} bytes; {kept} is kept", "shorten it"
            )
