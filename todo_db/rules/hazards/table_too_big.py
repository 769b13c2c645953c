"""Work under a blocking lock on tables that are big on live."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD593",
    name="table-too-big",
    severity=Severity.ERROR,
    title="The live table is too big for this step",
    reason="""
What grows with the table was measured on scratch, and the live table is big: at least a million
rows, or a gigabyte. The lock would be held for seconds or minutes.
""",
    example="""
The other finding at the same statement says what to do instead. `todo-db explain` has the details.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Work under a blocking lock on tables that are big on live."""
    told: set[int] = set()
    for step in subject.steps:
        tables = [*subject.rewritten(step), *subject.scanned(step)]
        tables += [] if step.alone else [t for _, t in subject.built(step)]
        for table in tables:
            size = subject.sizes.get(table.full)
            if size is None or not size.big or table.oid in told or not subject.blocks(step, table.oid):
                continue
            told.add(table.oid)
            busy = f"; {size.writes:,} rows were written since its statistics began" if size.writes else ""
            doing = "a full rewrite" if table in subject.rewritten(step) else "a full read"
            yield subject.finding(
                RULE,
                step,
                table,
                f"{size}: it blocks {subject.blocks(step, table.oid)} for the time of {doing}{busy}",
                "do it in steps that hold no lock while rows are read or written",
            )
