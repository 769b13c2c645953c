"""Functions whose body names a table or a column that was dropped or renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import Event
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD588",
    name="function-uses-dropped",
    severity=Severity.WARNING,
    title="A function still names what is gone",
    reason="""
PostgreSQL does not record what the body of a PL/pgSQL function uses, so nothing keeps the drop from
happening, and the function fails when it is called.
""",
    example="""
Right: replace the function in the same revision, or before.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Functions whose body names a table or a column that was dropped or renamed."""
    for step in subject.steps:
        for event in subject.on_old(step, "dropped", "renamed", "column-dropped", "column-renamed"):
            table = event.relation
            if table is None or table.kind not in "rpvmf" or table.oid in _gone(subject, event):
                continue
            words = [table.name]
            if event.kind.startswith("column"):
                words.append(event.before.name)
            for name, body in subject.measured.last.functions.values():
                if all(re.search(rf"\b{re.escape(w)}\b", body, re.I) for w in words):
                    yield subject.finding(
                        RULE,
                        step,
                        event,
                        f"function {name} still names {'.'.join(words)}",
                        "replace the function in the same revision",
                    )


def _gone(subject: Subject, event: Event) -> set[int]:
    """For a column: tables that are gone altogether, of which another event tells."""
    if not event.kind.startswith("column"):
        return set()
    return set(subject.measured.first.relations) - set(subject.measured.last.relations)
