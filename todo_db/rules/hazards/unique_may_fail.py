"""Unique indexes and keys over rows that are there."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD538",
    name="unique-may-fail",
    severity=Severity.INFO,
    title="Uniqueness that the rows may not have",
    reason="""
Duplicates among the rows make the statement fail, and running code may go on writing them until it
fails in turn. A concurrent build that fails leaves an invalid index behind.
""",
    example="""
Count first (the hint has the query; `--live` and `todo-db migrate` do it), clean up, and deploy
code that writes no duplicates before.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Unique indexes and keys over rows that are there."""
    for step in subject.steps:
        for index, table in subject.built(step):
            facts = index.index
            empty = {e.after.name for e in step.of("column-added") if not e.after.default}
            if facts is None or not facts.unique or facts.expressions or facts.partial:
                continue
            if not empty & set(facts.columns):
                columns = ", ".join(quote(c) for c in facts.columns)
                yield subject.finding(
                    RULE,
                    step,
                    index,
                    f"it fails where rows of {table.shown} have the same {columns}",
                    f"SELECT {columns}, count(*) FROM {suggest.table_name(table)} GROUP BY "  # noqa: S608
                    f"{columns} HAVING count(*) > 1",
                )
