"""The format for people: plain text in a pipe, colours on a terminal, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any

from todo_db.errors import Exit
from todo_db.findings import Finding, Report, Severity, Unknown
from todo_db.report import Look
from todo_db.report.escape import cells, visible, wrap
from todo_db.report.lines import Line, paint
from todo_db.report.matrix import matrix_lines
from todo_db.report.wording import brief, statements, together

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ABSENT = "absent"


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """Findings by object, then what could not be read, notes, and one line that sums up."""
    lines: list[Line] = []
    for block in _blocks(report, look):
        lines += [*block, Line()]
    lines += _summary(report, exit_code, look)
    return paint(lines, color=look.color)


def _blocks(report: Report, look: Look) -> Iterator[list[Line]]:
    if report.extra.get("checks"):
        yield [line for check in report.extra["checks"] for line in _check(check, look)]
        return
    if report.extra.get("matrix"):
        yield list(matrix_lines(report.extra["matrix"], look.width))
    if report.extra.get("checklist"):
        from todo_db.report.checklist import text_lines

        yield list(text_lines(report.extra["checklist"], look.width))[:-1]
    listed = () if report.extra.get("checklist") else together(report.findings)
    for (kind, name), findings in groupby(listed, lambda f: (f.kind, f.object)):
        yield [_heading(kind, name), *_findings(list(findings), look)]
    if report.unknown:
        yield [line for u in report.unknown for line in _unknown(u, look)]
    if report.notes:
        yield [line for n in report.notes for line in _hanging("note: ", n, look, "dim")]


_CHECK = {"ok": ("✓ ", "green"), "warn": ("! ", "yellow"), "error": ("✗ ", "red")}


def _check(check: Mapping[str, Any], look: Look) -> Iterator[Line]:
    """One of `doctor`'s checks; they say all that its notes and unknowns say."""
    mark, style = _CHECK.get(check["status"], ("? ", "magenta"))
    yield from _hanging(mark, f"{check['name']}: {check['text']}", look, style)
    if check["hint"]:
        yield from _hanging("  → ", check["hint"], look, "green")


def _heading(kind: str, name: str) -> Line:
    return Line((f"{visible(kind)} ", "dim"), (visible(name), "bold"))


def _findings(findings: Sequence[Finding], look: Look) -> Iterator[Line]:
    """The findings on one object; what they have in common, verdict and hint, is said once, at their end."""
    for finding, following in zip_longest(findings, findings[1:]):
        yield from _finding(finding, look)
        if following is None or (following.verdict, following.hint) != (finding.verdict, finding.hint):
            yield from _way_out(finding, look)


def _finding(finding: Finding, look: Look) -> Iterator[Line]:
    severity = "question" if finding.question else str(finding.severity)
    label = f"  {severity} {finding.code} "
    yield from _hanging(label, brief(finding), look, _STYLE[finding.severity], indent=4)
    yield from _sides(finding, look)
    for way, step in statements(finding):
        loses = " (loses data)" if "loses-data" in step.hazards else ""
        yield from _hanging(
            f"    {step.side}, {way.goal}{loses}: ", " ".join(step.sql), look, "dim", indent=6
        )


def _way_out(finding: Finding, look: Look) -> Iterator[Line]:
    if finding.verdict:
        yield from _hanging("    verdict: ", finding.verdict, look, "bold")
    if finding.hint:
        yield from _hanging("    → ", finding.hint, look, "green")


def _sides(finding: Finding, look: Look) -> Iterator[Line]:
    """Each side's value with its places; then the places of sides that state no value."""
    wide = max((cells(visible(s)) for s in (*finding.sides, *(p.side for p in finding.places))), default=0)
    for side, value in finding.sides.items():
        places = [str(p) for p in finding.places if p.side == side]
        yield from _side(side, wide, _ABSENT if value is None else value, places, look)
    others = [p for p in finding.places if p.side not in finding.sides]
    for side, group in groupby(others, lambda p: p.side):
        yield from _side(side, wide, "", [str(p) for p in group], look)


def _side(side: str, wide: int, value: str, places: list[str], look: Look) -> Iterator[Line]:
    name = visible(side)
    indent = 4 + wide + 2
    head = f"    {name}{' ' * (wide - cells(name))}  "
    room = None if look.width is None else look.width - indent
    first, *rest = wrap(value, room)
    where = visible(", ".join(places))
    if where and not rest and (room is None or cells(first) + 2 + cells(where) <= room):
        gap = "  " if first else ""
        yield Line((head, "dim"), (first, ""), (gap + where, "cyan"))
        return
    yield Line((head, "dim"), (first, ""))
    # The bar keeps a continued value from being taken for a line of its own, or for a CI runner's command.
    yield from (Line((" " * (indent - 2) + "│ ", "dim"), (line, "")) for line in rest)
    for line in _packed(where.split(", "), room):
        narrow = room is not None and cells(line) > room
        yield Line((" " * (6 if narrow else indent), ""), (line, "cyan"))


def _packed(places: Iterable[str], room: int | None) -> list[str]:
    """Places in lines of at most `room` columns; none is ever broken, since people copy it."""
    lines: list[str] = []
    for place in filter(None, places):
        if lines and (room is None or cells(f"{lines[-1]}, {place}") <= room):
            lines[-1] += f", {place}"
        else:
            lines.append(place)
    return lines


def _unknown(unknown: Unknown, look: Look) -> Iterator[Line]:
    what = f"{unknown.object} ({unknown.side}): {unknown.reason}"
    yield from _hanging("not known: ", what, look, "magenta", indent=4)
    if unknown.hint:
        yield from _hanging("    → ", unknown.hint, look, "green")


def _hanging(label: str, text: str, look: Look, style: str, indent: int | None = None) -> Iterator[Line]:
    """A label, the text beside it, and further lines set in under it."""
    pad = cells(label) if indent is None else indent
    room = None if look.width is None else look.width - pad
    first_room = None if look.width is None else look.width - cells(label)
    first, *rest = wrap(text, first_room)
    if rest and room != first_room:
        rest = wrap(" ".join(r.strip() for r in rest), room)
    yield Line((label, style), (first, ""))
    yield from (Line((" " * pad, ""), (line, "")) for line in rest)


def _summary(report: Report, exit_code: Exit, look: Look) -> Iterable[Line]:
    text = ", ".join(_counts(report)) or "no findings"
    over = [f"{report.objects:,} objects"] if report.objects else []
    over += [f"{report.facts:,} facts"] if report.facts else []
    style = {Exit.CLEAN: "bold green", Exit.FINDINGS: "bold red"}.get(exit_code, "bold magenta")
    whole = f"{visible(report.command)}: {text}" + (f" ({', '.join(over)})" if over else "")
    return [Line((line, style)) for line in wrap(whole, look.width)]


def _counts(report: Report) -> Iterator[str]:
    questions = sum(f.question for f in report.findings)
    infos = sum(f.severity is Severity.INFO and not f.question for f in report.findings)
    plain = [f for f in report.findings if not f.question]
    yield from _count(sum(f.severity is Severity.ERROR for f in plain), "error")
    yield from _count(sum(f.severity is Severity.WARNING for f in plain), "warning")
    yield from _count(infos, "remark")
    yield from _count(questions, "question")
    if report.unknown:
        yield f"{len(report.unknown)} not known"


def _count(number: int, noun: str) -> Iterator[str]:
    if number:
        yield f"{number} {noun}{'s' if number > 1 else ''}"
