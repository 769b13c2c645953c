"""Work on tables after the transaction has blocked another, or the same."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import READ_BLOCKING, Relation, Step
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD521",
    name="work-under-exclusive-lock",
    severity=Severity.WARNING,
    title="A transaction goes on working while it blocks a table",
    reason="""
Locks are held until the end of the transaction. What comes after the lock prolongs the time in
which nobody can use the table: reading or writing many rows makes seconds of it, and a lock on a
second table may have to be waited for while the first is blocked.
""",
    example="""
Wrong: `ALTER TABLE a ADD COLUMN x int; UPDATE b SET …` in one revision.

Right: two revisions; each takes one strong lock and ends.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Work on tables after the transaction has blocked another, or the same."""
    told: set[tuple[int, int]] = set()
    for step in subject.steps:
        if step.autocommit:
            continue
        held = [o for o, modes in step.held.items() if o in subject.old and modes & READ_BLOCKING]
        tables = subject.roots([r for o in held if (r := step.before.relations.get(o)) and r.is_table])
        work = _work(subject, step)
        for table in tables:
            if not work or (step.transaction, table.oid) in told:
                continue
            told.add((step.transaction, table.oid))
            yield subject.finding(
                RULE,
                step,
                table,
                f"{table.shown} stays blocked for reads and writes while the same transaction {work}",
                "put what comes after the lock into a revision of its own",
            )
    second = [s for s in subject.steps if not s.autocommit and _second_lock(subject, s)]
    for step in second[:1]:
        first, other = _second_lock(subject, step)[0]
        yield subject.finding(
            RULE,
            step,
            other,
            f"it waits for {other.shown} while {first.shown} is blocked for reads and writes",
            "one revision for each table, so that no lock is held while another is waited for",
            severity=Severity.INFO,
        )


def _work(subject: Subject, step: Step) -> str:
    """What takes time in a statement, beside building indexes, which has a rule of its own."""
    if tables := subject.rewritten(step):
        return f"rewrites {tables[0].shown}"
    if tables := [t for t, _ in subject.written(step)]:
        return f"changes rows of {tables[0].shown}"
    built = {table.oid for _, table in subject.built(step)}
    read = [t for t in subject.tables(step) if step.scanned(t.oid) and t.oid not in built]
    return f"reads through {read[0].shown}" if read and not subject.truncated(step) else ""


def _second_lock(subject: Subject, step: Step) -> list[tuple[Relation, Relation]]:
    """An existing table that is blocked already, and another that the statement has to wait for."""
    held = [o for o, modes in step.held.items() if o in subject.old and modes & READ_BLOCKING]
    first = [r for o in held if (r := step.before.relations.get(o)) and r.is_table]
    return [(f, other) for f in first[:1] for other in subject.exclusive(step) if other.oid not in held]
