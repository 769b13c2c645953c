"""New keys, and columns that number themselves, in an integer or a smallint."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD572",
    name="small-key",
    severity=Severity.INFO,
    title="A key that runs out of numbers",
    reason="""
integer ends at 2.1 thousand million, smallint at 32,767, and every failed insert uses a number up.
Making the column bigger later rewrites the table and all that refer to it.
""",
    example="""
Right: `sa.BigInteger()`, or uuid.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """New keys, and columns that number themselves, in an integer or a smallint."""
    for step in subject.steps:
        for event, column in subject.new_columns(step):
            table = subject.table_of(step, event)
            key = {c for k in table.constraints if k.kind == "p" for c in k.columns} if table else set()
            numbered = bool(column.serial or column.identity)
            foreign = {c for k in table.constraints if k.kind == "f" for c in k.columns} if table else set()
            alone = column.name in key and len(key) == 1
            if column.type not in ("integer", "smallint") or column.name in foreign:
                continue
            if numbered or alone:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{column.type} ends at {'2,147,483,647' if column.type == 'integer' else '32,767'}",
                    "instead: sa.BigInteger()",
                    severity=Severity.WARNING if column.type == "smallint" else None,
                )
