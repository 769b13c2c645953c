"""Revisions whose downgrade does nothing although the upgrade does something."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD578",
    name="irreversible",
    severity=Severity.WARNING,
    title="A revision that cannot be taken back",
    reason="""
`migrate down` has to stop here, in the very moment in which something has gone wrong.
""",
    example="""
Right: write the downgrade; where it cannot be, say so: `raise NotImplementedError("the values are
gone")`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Revisions whose downgrade does nothing although the upgrade does something."""
    if subject.source.does("upgrade") and not subject.source.does("downgrade"):
        down = subject.source.function("downgrade")
        refuses = down is not None and any(isinstance(n, ast.Raise) for n in down.body)
        yield subject.finding(
            RULE,
            down.lineno if down is not None else 1,
            "",
            "the downgrade refuses" if refuses else "the downgrade does nothing",
            None if refuses else "write it, or let it raise with the reason",
            severity=Severity.INFO if refuses else None,
        )
