"""Unique constraints and primary keys that built their index while they were added to an existing table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from todo_db.findings import Finding
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject


def built(subject: Subject, rule: Any, kind: str) -> Iterator[Finding]:
    """Findings of a rule on the keys of one kind, as pg_constraint names it: u or p."""
    for step in subject.steps:
        for index, table in subject.built(step):
            event = subject.constraint_of(step, index)
            if event is not None and event.after.kind == kind:
                parts = subject.parts(step, index)
                yield subject.finding(
                    rule,
                    step,
                    event,
                    f"its index is built while nobody can read or write {table.shown}",
                    "Instead:\n" + suggest.key_from_index(table, event.after, index, parts),
                )
