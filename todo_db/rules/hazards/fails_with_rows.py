"""Revisions that fail as soon as tables have rows."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD583",
    name="fails-with-rows",
    severity=Severity.ERROR,
    title="A revision runs on an empty database only",
    reason="""
It was run on scratch twice: with rows in the tables it fails, without it does not. The next
database that it meets has rows.

The rows on scratch are made up, NULL wherever that is allowed. So a new constraint that they break is a
remark, a value that cannot be cast a warning (`--live` counts those that are really there); anything else
is an error.
""",
    example="""
Right: put the rows in order first, in batches and in a revision of its own, and then be strict.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Revisions that fail as soon as tables have rows."""
    required = any(
        e.after.required and not e.after.default
        for s in subject.steps
        for e in subject.on_old(s, "column-added")
    )
    for failure in subject.measured.failures:
        if failure.with_rows and not (failure.sqlstate == "23502" and required):
            yield subject.finding(
                RULE,
                failure.line or 1,
                "",
                f"with rows in the tables it fails: {failure.message}",
                "put the rows in order first, in a revision before this one; --live counts them",
                severity=_WEIGHT.get((failure.sqlstate or "")[:2]),
            )


# Whether rows break a constraint or a cast is up to the rows; those on scratch try what is allowed.
_WEIGHT = {"23": Severity.INFO, "22": Severity.WARNING}
