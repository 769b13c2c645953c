"""Indexes that were measured to be built under a lock on an existing table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD530",
    name="index-not-concurrent",
    severity=Severity.ERROR,
    title="An index is built while nobody can write to the table",
    reason="""
CREATE INDEX takes a SHARE lock for as long as it reads the table: readers go on, every write waits.
""",
    example="""
Wrong: `op.create_index("idx_tasks_status", "tasks", ["status"])`.

Right: outside the transaction, `postgresql_concurrently=True`. It takes longer and blocks nobody.
If it fails it leaves an invalid index behind, so drop that first.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Indexes that were measured to be built under a lock on an existing table."""
    for step in subject.steps:
        if step.alone:
            continue
        for index, table in subject.built(step):
            if subject.constraint_of(step, index) is None and subject.blocks(step, table.oid):
                yield subject.finding(
                    RULE,
                    step,
                    index,
                    f"the build reads all of {table.shown} and blocks "
                    f"{subject.blocks(step, table.oid)} meanwhile" + subject.on_live(table),
                    "Instead, in a revision of its own:\n"
                    + suggest.build_index(index, subject.parts(step, index)),
                )
