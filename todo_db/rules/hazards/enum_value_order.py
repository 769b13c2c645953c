"""Labels that were added at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD564",
    name="enum-value-order",
    severity=Severity.INFO,
    title="An enum's new label sorts last",
    reason="""
ORDER BY and comparisons go by the order of the labels. Without BEFORE or AFTER the new one is the
greatest, which can never be changed.
""",
    example="""
Right: `ALTER TYPE priority ADD VALUE 'medium' AFTER 'low'`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Labels that were added at the end."""
    known = {t.name for t in subject.measured.first.enums.values()}
    for step in subject.steps:
        said = bool(re.search(r"\b(before|after)\s+'", step.sql, re.I))
        for event in step.of("enum-part-added"):
            if event.name in known and event.before.parts[-1][1] == event.after and not said:
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"{event.after!r} sorts behind every other label",
                    "say where it belongs: BEFORE or AFTER a label",
                )
