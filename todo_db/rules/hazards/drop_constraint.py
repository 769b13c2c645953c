"""Constraints that went without another in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import Constraint, Relation
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD557",
    name="drop-constraint",
    severity=Severity.WARNING,
    title="A rule that the rows kept is dropped",
    reason="""
From then on rows may break it, and it cannot be added again until they are mended.
""",
    example="""
Right: put the new constraint beside it first, in the same revision; or say why: `# todo-db: allow
TD557 …`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Constraints that went without another in their place."""
    added = [e for s in subject.steps for e in s.of("constraint-added")]
    for step in subject.steps:
        for event in subject.on_old(step, "constraint-dropped"):
            old, table = event.before, event.relation
            if table is None or old.inherited or table.oid not in step.after.relations:
                continue
            replaced = any(
                e.relation
                and e.relation.oid == table.oid
                and e.after.kind == old.kind
                and (e.after.name == old.name or e.after.columns == old.columns)
                for e in added
            )
            gone = {e.before.name for e in step.of("column-dropped")} & set(old.columns)
            if replaced or gone or _said_by_column(step.after.relations[table.oid], old):
                continue
            yield subject.finding(
                RULE,
                step,
                event,
                f"{old.definition} no longer holds for {table.shown}",
                "add what replaces it in the same revision, or allow it: # todo-db: allow TD557 (reason)",
            )


def _said_by_column(table: Relation, constraint: Constraint) -> bool:
    """Whether it only said that a column is not NULL, which the column says itself by now."""
    if constraint.kind != "c" or len(constraint.columns) != 1:
        return False
    column = table.column(constraint.columns[0])
    says = re.fullmatch(r"CHECK \(\(.+ IS NOT NULL\)\)( NOT VALID)?", constraint.definition)
    return column is not None and column.required and says is not None
