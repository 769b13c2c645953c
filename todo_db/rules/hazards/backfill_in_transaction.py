"""Statements that change rows of existing tables within a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import WRITE_BLOCKING, Moved, Step
from todo_db.hazards.subject import Subject
from todo_db.postgres.script import ScriptError, split
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD576",
    name="backfill-in-transaction",
    severity=Severity.ERROR,
    title="Rows are changed in the revision's transaction",
    reason="""
All rows that one statement changes stay locked until the commit, dead rows pile up, and, where the
same transaction alters a table, everybody waits for all of it.
""",
    example="""
Right: a revision of its own, outside the transaction, in batches that commit one by one and can be
resumed. One UPDATE of all rows outside a transaction is still one transaction of its own.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements that change rows of existing tables within a transaction, or all of them outside of one."""
    for step in subject.steps:
        if step.autocommit and not _all_rows(step.sql):
            continue
        changed = {t.oid for t, _ in subject.written(step)}
        for table in [*(t for t, _ in subject.written(step)), *subject.searched(step)]:
            size = subject.sizes.get(table.full)
            locked = not step.autocommit and _locks_tables(subject, step)
            small = size is not None and size.analyzed and size.rows < 10_000
            also = " and holds the lock of an ALTER TABLE as long" if locked else ""
            gone = step.moved.get(table.oid, Moved()).deleted
            what = f"it {'deletes' if gone else 'changes'} rows of {table.shown} in one transaction{also}"
            if table.oid not in changed:
                what += ", as many as match on live (of the made-up rows none does)"
            yield subject.finding(
                RULE,
                step,
                table,
                what,
                "a revision of its own, outside the transaction, in batches that commit one by one",
                severity=Severity.INFO if small else None if locked else Severity.WARNING,
            )


def _all_rows(sql: str) -> bool:
    """Whether it is an UPDATE or DELETE of every row: no batch, also where it runs outside a transaction."""
    try:
        pieces = [[t.upper for t in p.tokens] for p in split(sql)]
    except ScriptError:
        return False
    return any(words[:1] in (["UPDATE"], ["DELETE"]) and "WHERE" not in words for words in pieces)


def _locks_tables(subject: Subject, step: Step) -> bool:
    """Whether the transaction blocks existing tables, before the statement or after it."""
    same = [s for s in subject.steps if s.transaction == step.transaction and not s.autocommit]
    return any(modes & WRITE_BLOCKING for s in same for o, modes in s.locks.items() if o in subject.old)
