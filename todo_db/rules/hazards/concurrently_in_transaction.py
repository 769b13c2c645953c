"""Revisions that fail because a statement wants no transaction."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.postgres.script import ScriptError, on_one_line
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD533",
    name="concurrently-in-transaction",
    severity=Severity.ERROR,
    title="A statement that cannot run in a transaction",
    reason="""
PostgreSQL refuses CREATE, DROP and REINDEX … CONCURRENTLY, VACUUM and a few others within a
transaction, and Alembic runs each revision in one. So the revision never runs.
""",
    example="""
Right: `with op.get_context().autocommit_block():` around it, and nothing else in the revision.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Revisions that fail because a statement wants no transaction."""
    for failure in subject.measured.failures:
        if failure.sqlstate == "25001":
            sql = _line(failure.sql or "")
            yield subject.finding(
                RULE,
                failure.line or 1,
                "",
                f"PostgreSQL refuses it in a transaction: {sql[:120]}",
                "Instead:\n" + suggest.autocommit(suggest.execute(sql)) if sql else None,
            )


def _line(sql: str) -> str:
    try:
        return on_one_line(sql)
    except ScriptError:
        return " ".join(sql.split())
