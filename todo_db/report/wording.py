"""A finding's message beside what else is shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

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
    if len(text) <= _LONG or not is_ or len(values) < 2 or not rest.startswith(tuple(values)):
        return text
    if not all(v in rest for v in values):
        return text
    after = rest[max(rest.rindex(v) + len(v) for v in values) :]
    remark = after.find("; ")
    return f"{before} differs{after[remark:] if remark >= 0 else ''}"


def together(findings: Iterable[Finding]) -> list[Finding]:
    """Findings for people: the same question about several columns of a table is asked once.

    `May tasks.title be null?` and `May tasks.due be null?` → `May title, due of tasks be null?`, at the
    place of the first.
    """
    result: list[Finding] = []
    positions: dict[tuple[object, ...], int] = {}
    columns: dict[int, list[str]] = {}
    for finding in findings:
        table, _, column = finding.object.rpartition(".")
        named = f"{table.removeprefix('public.')}.{column}"
        if not finding.question or not table or named not in finding.message:
            result.append(finding)
            continue
        key = (
            finding.code,
            table,
            finding.hint,
            finding.message.replace(named, ""),
            tuple(finding.sides.items()),
        )
        if key not in positions:
            positions[key] = len(result)
            columns[len(result)] = [column]
            result.append(finding)
            continue
        at = positions[key]
        columns[at].append(column)
        first = result[at]
        message = finding.message.replace(
            named, f"{', '.join(columns[at])} of {table.removeprefix('public.')}"
        )
        places = (*first.places, *(p for p in finding.places if p not in first.places))
        result[at] = replace(first, kind="table", object=table, message=message, places=places)
    return result
