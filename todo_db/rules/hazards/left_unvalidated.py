"""What was begun in these revisions and is not finished when they are all applied."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD546",
    name="left-unvalidated",
    severity=Severity.WARNING,
    title="A constraint is left NOT VALID, or an index invalid",
    reason="""
It holds for new rows only, the planner does not rely on it, and nobody will remember to finish it.
An invalid index costs every write and helps no query.
""",
    example="""
Right: a following revision with `ALTER TABLE … VALIDATE CONSTRAINT …`; drop and rebuild an invalid
index.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """What was begun in these revisions and is not finished when they are all applied."""
    final = subject.final.relations
    for step in subject.steps:
        for event in step.of("constraint-added"):
            constraint = event.after
            table = final.get(event.relation.oid) if event.relation else None
            left = next((k for k in table.constraints if k.oid == constraint.oid), None) if table else None
            if table is not None and left is not None and not left.valid and not left.inherited:
                name = quote(left.name)
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    "it is not valid yet: rows that are there were never tested",
                    "in a following revision:\n" + suggest.alter(table, f"VALIDATE CONSTRAINT {name}"),
                )
        for event in step.of("created"):
            index = final.get(event.after.oid)
            if index is not None and index.kind == "i" and index.index and not index.index.valid:
                yield subject.finding(RULE, step, index, "the index is invalid", suggest.drop_index(index))
