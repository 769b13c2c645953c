"""Changes of type that rewrote nothing and yet read the table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD544",
    name="type-under-check",
    severity=Severity.WARNING,
    title="A change of type that would be free tests every row again",
    reason="""
The values stay as they are, but a CHECK (or a foreign key) uses the column, so all rows are read
under ACCESS EXCLUSIVE to test it once more.
""",
    example="""
Right: drop the check, change the type, add the check NOT VALID, validate it in the next revision.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Changes of type that rewrote nothing and yet read the table."""
    for step in subject.steps:
        rewritten = {t.oid for t in subject.rewritten(step)}
        for event in subject.on_old(step, "column-retyped"):
            table = event.relation
            if table is not None and table.oid not in rewritten and step.scanned(table.oid):
                users = [
                    k.name for k in table.constraints if event.before.name in k.columns and k.kind in "cf"
                ]
                by = f" for {', '.join(users)}" if users else ""
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"all rows of {table.shown} are read again{by} while nobody can use it",
                    "drop the constraint, change the type, add it NOT VALID, and VALIDATE in "
                    "the next revision",
                )
