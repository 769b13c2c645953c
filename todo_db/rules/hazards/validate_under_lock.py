"""Validations in a transaction that holds a blocking lock on the table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD536",
    name="validate-under-lock",
    severity=Severity.ERROR,
    title="A constraint is validated while its table is still locked",
    reason="""
VALIDATE CONSTRAINT by itself blocks nobody. In the transaction that added the constraint the strong
lock of the ALTER TABLE is still held, and all rows are read under it: NOT VALID was for nothing.
""",
    example="""
Right: VALIDATE CONSTRAINT in a revision of its own.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Validations in a transaction that holds a blocking lock on the table."""
    for step in subject.steps:
        for event in subject.on_old(step, "constraint-validated"):
            table = event.relation
            if table is not None and (blocked := subject.blocks(step, table.oid)):
                name = quote(event.after.name)
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{blocked} of {table.shown} wait while its rows are read, as the "
                    "transaction locked it before",
                    "Instead, in a revision of its own:\n"
                    + suggest.alter(table, f"VALIDATE CONSTRAINT {name}"),
                )
