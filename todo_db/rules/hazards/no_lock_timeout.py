"""Locks that are waited for without a limit."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD547",
    name="no-lock-timeout",
    severity=Severity.WARNING,
    title="A strong lock is waited for without a limit",
    reason="""
While a statement waits for its lock all later queries on the table wait behind it. Without
lock_timeout one long report stops the service. `todo-db migrate` sets it (`lock-timeout` in the
settings, 2s); a revision must not take it away.
""",
    example="""
Wrong: `op.execute("SET lock_timeout = 0")`.

Right: leave it, or `SET LOCAL lock_timeout = '2s'`. In your own env.py:
`connection.execute(text("SET lock_timeout = '2s'"))` before the migrations, so that plain `alembic
upgrade` is limited, too.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Locks that are waited for without a limit."""
    if subject.first and not subject.around.limited:
        yield subject.elsewhere(
            RULE,
            subject.around.env,
            "env.py sets no lock_timeout: plain `alembic upgrade` waits for locks without a "
            "limit (todo-db migrate sets one)",
            "let env.py call todo_db.apply.environment.run, or SET lock_timeout = '2s' before the migrations",
            severity=Severity.INFO,
        )
    for step in subject.steps:
        if step.settings["lock_timeout"] == "0" and (tables := subject.exclusive(step)):
            yield subject.finding(
                RULE,
                step,
                tables[0],
                f"lock_timeout is 0 here: while it waits for {tables[0].shown}, all later "
                "queries wait behind it",
                "SET LOCAL lock_timeout = '2s'",
            )
