"""New foreign keys whose columns no index begins with when all revisions are applied."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD574",
    name="foreign-key-index",
    severity=Severity.WARNING,
    title="A foreign key without an index",
    reason="""
Each delete and each change of a key in the parent reads the whole child table.
""",
    example="""
Right: an index that begins with the referencing columns.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New foreign keys whose columns no index begins with when all revisions are applied."""
    for step in subject.steps:
        created = [(e, k) for e in step.of("created") if e.after.is_table for k in e.after.constraints]
        added = [(e, e.after) for e in step.of("constraint-added") if not subject.made_again(step, e)]
        for event, key in (*created, *added):
            table = subject.final.relations.get((event.relation or event.after).oid)
            if (
                table is None
                or key.kind != "f"
                or key.inherited
                or key.name not in {k.name for k in table.constraints}
            ):
                continue
            indexes = [
                r.index for r in subject.final.relations.values() if r.index and r.index.table == table.oid
            ]
            width = len(key.columns)
            if not any(set(i.columns[:width]) == set(key.columns) and not i.partial for i in indexes):
                columns = ", ".join(key.columns)
                yield subject.finding(
                    RULE,
                    step,
                    event if event.kind == "constraint-added" else table,
                    f"{key.name}: no index of {table.shown} begins with {columns}; "
                    "deletes in the parent read the whole table",
                    f"an index on ({columns})",
                )
