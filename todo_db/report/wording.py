"""A finding's message beside what else is shown of it."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Step, Way

_LONG = 60  # a longer message repeats values that are easier to read one under the other


def brief(finding: Finding) -> str:
    """The message where object and values are shown anyway: without the object's name and long values.

    `column public.tasks.title: type is text in spec, …` → `column type differs`.
    """
    text = finding.message
    about = f"{finding.kind} {finding.object}"
    if text.startswith(about):
        text = f"{finding.kind} {text.removeprefix(about).lstrip(': ')}".rstrip()
    return _without_values(text, [v for v in finding.sides.values() if v is not None])


def statements(finding: Finding) -> Iterator[tuple[Way, Step]]:
    """The way that mends the first database by statements, for formats that have room for one."""
    for way in finding.ways:
        for step in way.steps:
            if step.sql and step.side in ("live", "a"):
                yield way, step
                return


def _without_values(text: str, values: list[str]) -> str:
    before, is_, rest = text.partition(" is ")
    if len(text) <= _LONG or not is_ or not values or not rest.startswith(tuple(values)):
        return text
    if not all(v in rest for v in values):
        return text
    after = rest[max(rest.rindex(v) + len(v) for v in values) :]
    remark = after.find("; ")
    return f"{before} differs{after[remark:] if remark >= 0 else ''}"
