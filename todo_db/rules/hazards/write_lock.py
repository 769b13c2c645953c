"""Statements that lock an existing table against writers, and are quick once they have the lock."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import READ_BLOCKING, WRITE_BLOCKING, Step
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD519",
    name="write-lock",
    severity=Severity.INFO,
    title="A statement blocks all writes of a table that is in use",
    reason="""
CREATE TRIGGER, a foreign key (on both of its tables, also one that comes with a new table or is NOT
VALID) and LOCK TABLE … IN SHARE MODE wait for every transaction that has written to the table, and
every later write waits behind them. Readers go on.
""",
    example="""
`op.create_foreign_key(…, postgresql_not_valid=True)` takes it for a moment. Run it while no long
transaction is under way, in a transaction of its own.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements that lock an existing table against writers, and are quick once they have the lock."""
    for step in subject.steps:
        busy = _busy(subject, step)
        for table in subject.roots(list(subject.tables(step))):
            modes = step.locks[table.oid]
            if table.kind == "m" or table.oid in busy or table.oid not in step.after.relations:
                continue
            if step.taken(table.oid) & WRITE_BLOCKING and not modes & READ_BLOCKING:
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"it blocks all writes of {table.shown} for a moment, "
                    "and waits for every transaction that wrote to it",
                    "apply it with todo-db migrate, which gives up in time and tries again; "
                    "nothing slow in the same transaction",
                )


def _busy(subject: Subject, step: Step) -> set[int]:
    """Tables of which other rules tell that the lock is held for long."""
    read = {t.oid for t in subject.scanned(step)}
    built = {t.oid for _, t in subject.built(step)}
    keys = {e.after.target for e in step.of("constraint-added") if e.relation and e.relation.oid in read}
    return read | built | keys
