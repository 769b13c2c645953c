"""Scans under a lock for which no other rule has a better word."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.facts import WRITE_BLOCKING, Relation, Step
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD529",
    name="scan-under-lock",
    severity=Severity.WARNING,
    title="All rows of a table are read while others are locked out",
    reason="""
The lock is held for as long as the reading takes, which grows with the table. Attaching a
partition, a domain's new constraint and code in DO blocks are the usual reasons.
""",
    example="""
Right: for a partition, add a CHECK that says the same as its bounds beforehand, NOT VALID and then
validated: ATTACH then reads nothing.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Scans under a lock for which no other rule has a better word."""
    for step in subject.steps:
        known = _known(subject, step)
        for table in subject.scanned(step):
            if table.kind == "r" and table.oid not in known and step.taken(table.oid) & WRITE_BLOCKING:
                yield subject.finding(
                    RULE,
                    step,
                    table,
                    f"it reads all rows of {table.shown} under a lock that blocks "
                    f"{subject.blocks(step, table.oid)}",
                    _instead(step, table),
                )


def _known(subject: Subject, step: Step) -> set[int]:
    """Tables of which another rule tells why they were read."""
    known = {t.oid for t in (*subject.rewritten(step), *subject.truncated(step))}
    known |= {t.oid for t, _ in subject.written(step)}
    for index, table in subject.built(step):
        known |= {table.oid, *(part.oid for _, part in subject.parts(step, index))}
    reasons = ("constraint-added", "constraint-validated", "column-required", "column-retyped")
    known |= {e.relation.oid for e in subject.on_old(step, *reasons) if e.relation}
    # a foreign key reads both of its tables
    known |= {e.after.target for e in step.of("constraint-added", "constraint-validated")}
    for event in subject.on_old(step, "column-added", "file"):
        relation, column = event.relation, event.after
        if event.kind == "column-added" and relation and column.required and not column.default:
            known.add(relation.oid)  # to see whether it is empty
        if event.kind == "file" and relation and relation.index:
            known.add(relation.index.table)  # REINDEX
    return known


def _instead(step: Step, table: Relation) -> str:
    now = step.after.relations.get(table.oid, table)
    if not now.bounds or now.bounds == table.bounds:
        return "let what has to be read be known before (a validated CHECK), or read before the lock is taken"
    check = quote(f"{table.name}_bounds"[:63])
    new = "the partition is made, none of whose rows the default one may hold"
    why = new if table.partition else "it is attached"
    return "\n".join(
        [
            f"Instead, before {why}:",
            suggest.alter(table, f"ADD CONSTRAINT {check} CHECK ({now.bounds}) NOT VALID"),
            "# next revision:",
            suggest.alter(table, f"VALIDATE CONSTRAINT {check}"),
        ]
    )
