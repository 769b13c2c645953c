"""Tables that several statements of a transaction rewrote or read under the lock."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.facts import Step
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD549",
    name="several-alters",
    severity=Severity.WARNING,
    title="One table is worked through several times",
    reason="""
Each ALTER TABLE reads or writes the whole table once more, while the first one's lock is held.
""",
    example="""
Right: one ALTER TABLE with several actions (`op.execute("ALTER TABLE t ALTER a TYPE …, ALTER b TYPE
…")`), which goes through the rows once.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Tables that several statements of a transaction rewrote or read under the lock."""
    passes: dict[tuple[int, int], list[Step]] = {}
    for step in subject.steps:
        written = {t.oid for t, _ in subject.written(step)} | {t.oid for _, t in subject.built(step)}
        for table in {t.oid: t for t in (*subject.rewritten(step), *subject.scanned(step))}.values():
            if table.oid not in written and not step.autocommit:
                passes.setdefault((step.transaction, table.oid), []).append(step)
    for (_, oid), steps in passes.items():
        if len(steps) > 1:
            table = steps[1].before.relations[oid]
            yield subject.finding(
                RULE,
                steps[1],
                table,
                f"{len(steps)} statements of the transaction go through all of {table.shown} under its lock",
                "one ALTER TABLE with several actions goes through it once",
            )
