"""Changes between timestamps with and without time zone that rewrote nothing, as scratch runs in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards import suggest
from todo_db.hazards.subject import Subject
from todo_db.objects.names import quote
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD500",
    name="time-zone-type",
    severity=Severity.WARNING,
    title="What a change of type does depends on the session's TimeZone",
    reason="""
timestamp and timestamptz turn into each other by the TimeZone of the session that runs the
revision. Where that is UTC the values stay as they are and nothing is written; anywhere else the
whole table is written anew under a lock, and every value means another moment. Scratch runs in UTC.
""",
    example="""
Right: say the zone that the values are in: `SET LOCAL timezone = 'UTC'` before the statement keeps
the values and rewrites nothing; `USING at AT TIME ZONE 'Europe/Berlin'` converts them.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Changes between timestamps with and without time zone that rewrote nothing, as scratch runs in UTC."""
    if subject.around.zone in _UTC:
        return
    for step in subject.steps:
        rewritten = {t.oid for t in subject.rewritten(step)}
        for event in subject.on_old(step, "column-retyped"):
            table = event.relation
            kinds = {_kind(event.before.type), _kind(event.after.type)}
            if table is None or table.oid in rewritten or kinds != {"with", "without"}:
                continue
            if any(_SETS.search(s.sql) for s in subject.steps[: subject.steps.index(step)]):
                continue
            there = f"it is {subject.around.zone} on live" if subject.around.zone else "here it is UTC"
            action = f"ALTER COLUMN {quote(event.after.name)} TYPE {event.after.type}"
            yield subject.finding(
                RULE,
                step,
                event,
                f"{event.before.type} → {event.after.type} goes by the session's TimeZone ({there}): "
                f"outside of UTC all of {table.shown} is written anew, and values mean another moment",
                "Instead, where the values are in UTC:\n"
                + suggest.execute("SET LOCAL timezone = 'UTC'")
                + "\n"
                + suggest.alter(table, action),
            )


_SETS = re.compile(r"\bset(_config)?\b.*\btime\s*zone\b", re.IGNORECASE | re.DOTALL)
_UTC = ("UTC", "GMT", "Etc/UTC", "Etc/GMT", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Greenwich")


def _kind(type_: str) -> str:
    """'with', 'without', or nothing for what is no timestamp."""
    words = type_.split()
    return words[1] if words[0].startswith("timestamp") and len(words) > 1 else ""
