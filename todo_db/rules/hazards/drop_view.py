"""Views that running code may read and that are gone, or have lost columns."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD517",
    name="drop-view",
    severity=Severity.WARNING,
    title="A view is dropped, or loses columns, under running code",
    reason="""
No row is lost, but code that reads the view, or the column, fails at once.
""",
    example="""
Right: deploy code that does without it first; then drop it, and say so: `# todo-db: allow TD517
nobody reads it since 2.3`. A view that the same revision makes again with all its columns is none.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Views that running code may read and that are gone, or have lost columns."""
    last = {r.full: r for r in subject.measured.last.relations.values() if not r.index}
    for step in subject.steps:
        for event in subject.on_old(step, "dropped"):
            view = event.relation
            if view is None or view.kind != "v":
                continue
            now = last.get(view.full)
            lost = [c.name for c in view.columns if now is not None and now.column(c.name) is None]
            if now is None or lost:
                what = f"its column {', '.join(lost)}" if lost else "it"
                yield subject.finding(
                    RULE,
                    step,
                    view,
                    f"running code that reads {what} fails",
                    "deploy code that does without it first; then allow it here: # todo-db: "
                    "allow TD517 (reason)",
                )
