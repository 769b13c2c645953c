"""Existing tables whose owner, rights, policies or row level security changed."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD585",
    name="access-change",
    severity=Severity.INFO,
    title="Who may see or change rows changes",
    reason="""
Row level security, policies, grants and owners open or close data. Somebody should look at it.
""",
    example="""
`todo-db isolation` proves that no user reaches another user's rows.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Existing tables whose owner, rights, policies or row level security changed."""
    for step in subject.steps:
        told = set()
        for event in subject.on_old(step, "access"):
            if (event.relation, event.before) in told or event.relation is None:
                continue
            told.add((event.relation, event.before))
            was, now = event.relation.security, event.after.security
            weaker = any(a and not b for a, b in zip(was, now, strict=True))
            what = {"acl": "rights", "security": "row level security"}.get(event.before, event.before)
            yield subject.finding(
                RULE,
                step,
                event.relation,
                f"{what} of {event.relation.shown} change"
                + ("; row level security becomes weaker" if weaker else ""),
                "review it; todo-db isolation proves what it does",
                severity=Severity.WARNING if weaker else None,
            )
