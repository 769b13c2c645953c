"""Statements that lock an existing table against everybody, and are quick once they have the lock."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD520",
    name="access-exclusive-lock",
    severity=Severity.INFO,
    title="A statement blocks all reads and writes of a table that is in use",
    reason="""
ACCESS EXCLUSIVE waits for every query that is running on the table, and every later query waits
behind it, so one long report stops everybody. The statement itself is quick; what counts is that it
gives up in time. `todo-db migrate` sets lock_timeout and tries again; plain `alembic upgrade` does
so only where env.py says it.
""",
    example="""
`ALTER TABLE tasks ADD COLUMN note text` takes it for a moment. Run it while no long query is under
way, in a transaction of its own.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements that lock an existing table against everybody, and are quick once they have the lock."""
    for step in subject.steps:
        busy = {t.oid for t in (*subject.rewritten(step), *subject.scanned(step), *subject.truncated(step))}
        busy |= {table.oid for _, table in subject.built(step)}
        for table in subject.exclusive(step):
            if table.oid in busy or table.oid not in step.after.relations:
                continue
            size = subject.sizes.get(table.full)
            others = f"; {size.sessions} other session(s) are connected" if size and size.sessions else ""
            yield subject.finding(
                RULE,
                step,
                table,
                f"it blocks all reads and writes of {table.shown} for a moment, "
                f"and waits for every query that uses it{others}",
                "apply it with todo-db migrate, which gives up in time and tries again; "
                "nothing slow in the same transaction",
            )
