"""Existing tables, views and types that have another name."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.facts import Step
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD559",
    name="rename-table",
    severity=Severity.ERROR,
    title="A table is renamed under running code",
    reason="""
Code that is running names the old table and fails from the moment of the commit until it is
replaced.
""",
    example="""
Right: in the same revision a view under the old name (`CREATE VIEW old AS SELECT * FROM new`),
which can be written through, dropped when nobody uses it any longer.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Existing tables and views that have another name."""
    for step in subject.steps:
        for event in subject.on_old(step, "renamed"):
            table = event.relation
            if table is None or table.kind not in "rpvmf":
                continue
            views = {r.full for r in subject.measured.last.relations.values() if r.kind == "v"}
            if table.full not in views:
                new, old = quote(event.after), suggest.table_name(table)
                yield subject.finding(
                    RULE,
                    step,
                    event,
                    f"running code that says {table.shown} fails at once",
                    "in the same revision, until nobody uses the old name:\n" + suggest.view(old, new),
                )
        yield from _types(subject, step)


def _types(subject: Subject, step: Step) -> Iterator[Finding]:
    """Enums and domains whose old name no other type has taken."""
    first, last = subject.measured.first, subject.measured.last
    known = {t.name for t in (*first.enums.values(), *first.domains.values())}
    taken = {t.name for t in (*last.enums.values(), *last.domains.values())}
    for event in step.of("enum-renamed", "domain-renamed"):
        if event.name in known - taken:
            yield subject.finding(
                RULE,
                step,
                event,
                f"running code that casts to {event.name} fails at once (SQLAlchemy's parameters do)",
                "keep the name, or move the columns to a new type step by step",
            )
