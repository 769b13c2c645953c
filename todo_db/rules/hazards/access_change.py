"""Existing tables whose owner, rights, policies or row level security changed."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import Relation
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
            table = event.relation
            if table is None or (table, event.before) in told or _follows(table, event.before):
                continue
            told.add((table, event.before))
            was, now = table.security, event.after.security
            weaker = any(a and not b for a, b in zip(was, now, strict=True))
            yield subject.finding(
                RULE,
                step,
                table,
                f"{_WHAT[event.before].format(table.shown)}"
                + ("; row level security becomes weaker" if weaker else ""),
                "review it; todo-db isolation proves what it does",
                severity=Severity.WARNING if weaker else None,
            )
        for event in step.of("rights-changed"):
            if event.name in subject.measured.first.rights or event.name.startswith("default"):
                yield subject.finding(RULE, step, event, f"rights on {event.name} change", "review it")


_WHAT = {
    "acl": "rights on {} change",
    "owner": "{} has another owner",
    "policies": "policies of {} change",
    "security": "row level security of {} changes",
}


def _follows(relation: Relation, what: str) -> bool:
    """Whether it only goes where its table goes."""
    return what == "owner" and (relation.index is not None or relation.kind == "S")
