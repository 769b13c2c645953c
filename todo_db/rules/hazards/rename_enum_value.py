"""Labels that have another name."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD561",
    name="rename-enum-value",
    severity=Severity.ERROR,
    title="A label of an enum is renamed under running code",
    reason="""
Code that is running writes and compares the old label, which no longer exists.
""",
    example="""
Right: add the new label, let code accept both, change the rows in batches, then stop using the old
one.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Labels that have another name."""
    known = {t.name for t in subject.measured.first.enums.values()}
    for step in subject.steps:
        for event in step.of("enum-part-changed"):
            if event.name in known:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{event.before!r} → {event.after!r}: running code that says the old label fails",
                    "add the new label, let code accept both, change the rows in batches, retire the old one",
                )
