"""Markdown tables: for the summary of a CI job, a pull request's comment, a wiki."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from todo_db.errors import Exit
from todo_db.findings import Finding, Place, Report
from todo_db.report import Look
from todo_db.report.escape import visible
from todo_db.report.matrix import mark, odd_rows
from todo_db.report.wording import brief, statements, together

_RESULT = {
    Exit.CLEAN: "✅ clean",
    Exit.FINDINGS: "❌ findings",
    Exit.UNDETERMINED: "❓ could not be determined",
}


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """A heading with the result, the matrix where there is one, the findings, and what is not known."""
    result = _RESULT.get(exit_code, f"exit code {int(exit_code)}")
    lines = [f"## todo-db {prose(report.command)}: {result}", ""]
    lines += _matrix(report.extra.get("matrix") or [])
    if report.extra.get("checklist"):
        from todo_db.report.checklist import markdown_lines

        lines += markdown_lines(report.extra["checklist"])
    else:
        lines += _findings(together(report.findings), look)
    lines += _unknown(report)
    lines += [line for note in report.notes for line in (f"> {prose(note)}", "")]
    counted = f"{report.objects:,} objects, {report.facts:,} facts, {len(report.unknown)} not known"
    return "\n".join([*lines, counted, ""])


def _matrix(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    odd = odd_rows(rows)
    if not odd:
        return
    sides = list(dict.fromkeys(side for row in odd for side in row["sides"]))
    yield from _table(
        ["Object", *sides],
        (
            [f"{row['kind']} {code(row['object'])}", *(mark(row["sides"].get(s, "silent")) for s in sides)]
            for row in odd
        ),
    )


def _findings(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    if findings:
        rows = ([_weight(f), prose(f.code), f"{f.kind} {code(f.object)}", _told(f, look)] for f in findings)
        yield from _table(["", "Code", "Object", "Finding"], rows)


def _weight(finding: Finding) -> str:
    return "question" if finding.question else str(finding.severity)


def _told(finding: Finding, look: Look) -> str:
    parts = [prose(brief(finding))]
    for side in dict.fromkeys([*finding.sides, *(p.side for p in finding.places)]):
        value = finding.sides.get(side, "")
        told = "_absent_" if value is None else code(value)
        where = ", ".join(_place(p, look) for p in finding.places if p.side == side)
        parts.append(" ".join(part for part in (f"{prose(side)}:", told, where) if part))
    parts += [f"**{prose(finding.verdict)}**"] if finding.verdict else []
    parts += [f"→ {prose(finding.hint)}"] if finding.hint else []
    for way, step in statements(finding):
        parts.append(f"{prose(f'{step.side}, {way.goal}')}: {code(' '.join(step.sql))}")
    return "<br>".join(parts)


def _place(place: Place, look: Look) -> str:
    return code(f"{look.prefix}{place}")


def _unknown(report: Report) -> Iterator[str]:
    if report.unknown:
        rows = ([prose(u.side), code(u.object), prose(u.reason), prose(u.hint or "")] for u in report.unknown)
        yield from _table(["Side", "Not known", "Why", "What to do"], rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def code(text: str) -> str:
    """A code span that holds the text whatever it holds; '' for an empty one."""
    if not text:
        return ""
    shown = visible(text).replace("|", "\\|")  # a table splits cells at pipes before it looks for code spans
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or shown.isspace() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str) -> str:
    """Text in which nothing is markup: neither Markdown, nor HTML, nor a mention."""
    escaped = re.sub(r"([\\`*_{}\[\]<>()#|~!])", r"\\\1", visible(text.replace("\n", " ")))
    return escaped.replace("&", "&amp;").replace("@", "&#64;")
