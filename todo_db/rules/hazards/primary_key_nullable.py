"""Primary keys from an index that had to make a column NOT NULL."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD540",
    name="primary-key-nullable",
    severity=Severity.ERROR,
    title="A primary key over columns that may be NULL reads the whole table",
    reason="""
ADD PRIMARY KEY USING INDEX is quick only where the columns are NOT NULL already. Otherwise
PostgreSQL sets that, and reads all rows under ACCESS EXCLUSIVE to be sure.
""",
    example="""
Right: make the columns NOT NULL first, by way of a validated CHECK.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Primary keys from an index that had to make a column NOT NULL."""
    for step in subject.steps:
        built = {index.oid for index, _ in subject.built(step)}
        for event in subject.on_old(step, "constraint-added"):
            key, table = event.after, event.relation
            if subject.made_again(step, event):
                continue
            if table is None or key.kind != "p" or key.index in built or not step.scanned(table.oid):
                continue
            columns = [c for name in key.columns if (c := table.column(name)) and not c.required]
            yield subject.finding(
                RULE,
                step,
                event,
                f"{', '.join(c.name for c in columns)} may be NULL so far: all rows of "
                f"{table.shown} are read "
                "while nobody can use it",
                "First:\n" + "\n".join(suggest.not_null(table, c) for c in columns),
            )
