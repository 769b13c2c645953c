"""Extensions that were there and are another version, or gone."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD586",
    name="extension-change",
    severity=Severity.WARNING,
    title="An extension is changed or dropped",
    reason="""
Functions, types and indexes of other objects depend on it, and the new version may be another on
the live server.
""",
    example="""
Right: try the version on a copy of the live database first.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Extensions that were there and are another version, or gone."""
    known = {name for name, _ in subject.measured.first.extensions.values()}
    for step in subject.steps:
        for event in step.of("extension-changed", "extension-dropped"):
            if event.name in known:
                said = (
                    "is dropped"
                    if event.kind.endswith("dropped")
                    else f"{event.before[1]} → {event.after[1]}"
                )
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{event.name} {said}; other objects rely on it",
                    "try it on a copy of live first",
                )
