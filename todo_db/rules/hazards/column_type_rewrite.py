"""Changes of type that were measured to rewrite the table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD524",
    name="column-type-rewrite",
    severity=Severity.ERROR,
    title="A column's new type rewrites the table",
    reason="""
PostgreSQL stores the new type differently, so it writes every row and every index anew under a lock
that blocks all reads and writes. It may also fail on a value, or change it, and running code may
not expect the new type.
""",
    example="""
Wrong: `op.alter_column("tasks", "id", type_=sa.BigInteger())`.

Right: a new column, filled in batches while a trigger keeps it in step, then swapped by renaming.
Making varchar longer, or text of it, rewrites nothing.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Changes of type that were measured to rewrite the table."""
    for step in subject.steps:
        rewritten = {t.oid for t in subject.rewritten(step)}
        for event in subject.on_old(step, "column-retyped"):
            table = event.relation
            if table is not None and table.oid in rewritten:
                new = suggest.beside(table, event.before, event.after)
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{event.before.type} → {event.after.type} writes all of {table.shown} anew, "
                    "and nobody can read or write it meanwhile",
                    f"Instead:\n{new}",
                )
