"""Work under a blocking lock without a limit of time."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD548",
    name="no-statement-timeout",
    severity=Severity.WARNING,
    title="A long statement holds its lock without a limit",
    reason="""
Without statement_timeout a scan or a rewrite holds its lock as long as it takes. `todo-db migrate`
sets it (`statement-timeout` in the settings); a revision should not take it away where it locks
tables.
""",
    example="""
Right: leave it, or raise it for one statement: `SET LOCAL statement_timeout = '1h'`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Work under a blocking lock without a limit of time."""
    for step in subject.steps:
        busy = (*subject.rewritten(step), *subject.scanned(step))
        if step.settings["statement_timeout"] == "0" and busy:
            yield subject.finding(
                RULE,
                step,
                busy[0],
                "statement_timeout is 0 here, and it blocks "
                f"{subject.blocks(step, busy[0].oid)} of {busy[0].shown}",
                "SET LOCAL statement_timeout to what the service can bear",
            )
