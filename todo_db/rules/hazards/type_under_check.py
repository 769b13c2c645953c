"""Changes of type that rewrote nothing and yet read the table."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.facts import Relation, Step
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD544",
    name="type-under-check",
    severity=Severity.WARNING,
    title="A change of type that would be free tests every row again",
    reason="""
The values stay as they are, but a CHECK (or a foreign key) uses the column, so all rows are read
under ACCESS EXCLUSIVE to test it once more. A new collation builds the column's indexes anew.
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
            if table is None or table.oid in rewritten or not step.scanned(table.oid):
                continue
            users = [k.name for k in table.constraints if event.before.name in k.columns and k.kind in "cf"]
            built = [] if users else _built(step, table)
            names = ", ".join(users or built)
            yield subject.finding(
                RULE,
                step,
                event,
                f"all rows of {table.shown} are read again{f' for {names}' if names else ''} "
                "while nobody can use it",
                "Instead:\n" + suggest.beside(table, event.before, event.after) if built else _CONSTRAINT,
            )


_CONSTRAINT = "drop the constraint, change the type, add it NOT VALID, and VALIDATE in the next revision"


def _built(step: Step, table: Relation) -> list[str]:
    """The table's indexes that were built anew, as the new type or collation sorts differently."""
    files = {e.after.name: e.after.file for e in step.of("created") if e.after.index}
    gone = [e.relation for e in step.of("dropped") if e.relation and e.relation.index]
    return sorted(
        i.name for i in gone if i.index and i.index.table == table.oid and files.get(i.name, i.file) != i.file
    )
