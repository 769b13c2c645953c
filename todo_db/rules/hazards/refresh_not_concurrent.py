"""Materialized views that were computed anew under an exclusive lock."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD518",
    name="refresh-not-concurrent",
    severity=Severity.WARNING,
    title="Nobody can read a materialized view while it is computed anew",
    reason="""
REFRESH takes ACCESS EXCLUSIVE on the view for as long as its query runs: all readers wait.
""",
    example="""
Right: `REFRESH MATERIALIZED VIEW CONCURRENTLY …`, which needs a unique index over plain columns of
all its rows.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Materialized views that were computed anew under an exclusive lock."""
    for step in subject.steps:
        for event in subject.on_old(step, "file"):
            view = event.relation
            if view is None or view.kind != "m" or not view.populated:
                continue
            sql = f"REFRESH MATERIALIZED VIEW CONCURRENTLY {suggest.table_name(view)}"
            yield subject.finding(
                RULE,
                step,
                view,
                f"nobody can read {view.shown} while it is computed anew",
                "Instead (it needs a unique index over plain columns):\n" + suggest.execute(sql),
            )
