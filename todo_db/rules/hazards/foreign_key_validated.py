"""Foreign keys on existing tables that were checked when they were added."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD534",
    name="foreign-key-validated",
    severity=Severity.ERROR,
    title="A foreign key is checked against all rows while writers wait",
    reason="""
ADD FOREIGN KEY locks both tables against writes (SHARE ROW EXCLUSIVE) while it looks up every row.
""",
    example="""
Wrong: `op.create_foreign_key("fk", "tasks", "users", ["user_id"], ["id"])`.

Right: with `postgresql_not_valid=True`, which takes a moment and holds for new rows at once;
VALIDATE CONSTRAINT in the next revision, which blocks nobody.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Foreign keys on existing tables that were checked when they were added."""
    for step in subject.steps:
        for event in subject.on_old(step, "constraint-added"):
            key, table = event.after, event.relation
            if table is None or key.kind != "f" or not key.valid or key.inherited:
                continue
            if step.scanned(table.oid) or step.scanned(key.target):
                other = step.after.relations.get(key.target)
                both = f"{table.shown} and {other.shown}" if other and other.oid != table.oid else table.shown
                again = subject.made_again(step, event)
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"all rows of {table.shown} are looked up {'again ' if again else ''}"
                    f"while writes to {both} wait",
                    ("Drop it first; then, after the type has changed:\n" if again else "Instead:\n")
                    + suggest.validated_later(table, key),
                )
