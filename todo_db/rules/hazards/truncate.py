"""Existing tables that the statement emptied."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD555",
    name="truncate",
    severity=Severity.ERROR,
    title="A table is emptied",
    reason="""
TRUNCATE removes all rows under ACCESS EXCLUSIVE; with CASCADE also those of every table that refers
to it.
""",
    example="""
Right: name every table, without CASCADE, and say why: `# todo-db: allow TD555 a cache that is
filled anew`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Existing tables that the statement emptied."""
    for step in subject.steps:
        tables = subject.truncated(step)
        for number, table in enumerate(tables):
            more = (
                f", and with it {', '.join(t.shown for t in tables[1:])}"
                if tables[1:] and number == 0
                else ""
            )
            yield subject.finding(
                RULE,
                step,
                table,
                f"all rows of {table.shown} are gone{more}",
                "name every table, no CASCADE; allow it here with a reason: # todo-db: allow TD555 (reason)",
            )
