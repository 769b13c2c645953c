"""JUnit's XML, as CI systems show it: one test case per finding, and one per object that agrees.

The form is that of Ant and Jenkins; https://llg.cubic.org/docs/junit/ collects what readers understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from todo_db.errors import Exit
from todo_db.findings import Finding, Report, Severity, Unknown
from todo_db.report import Look
from todo_db.report.escape import visible

_NEVER = re.compile(r"[\ufffe\uffff]")  # beside the controls that `visible` writes out, not allowed in XML


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """One suite. What decides the exit code is a failure, other findings are skipped, unknowns are errors."""
    cases = [*_agreeing(report), *(_finding(f, exit_code, look) for f in report.findings)]
    cases += [_unknown(u) for u in report.unknown]
    count = {kind: sum(c.find(kind) is not None for c in cases) for kind in ("failure", "error", "skipped")}
    totals = {"tests": str(len(cases)), "failures": str(count["failure"]), "errors": str(count["error"])}
    name = f"todo-db {report.command}"
    root = ET.Element("testsuites", {"name": name, **totals})
    suite = ET.SubElement(root, "testsuite", {"name": name, **totals, "skipped": str(count["skipped"])})
    suite.extend(cases)
    if report.notes:
        ET.SubElement(suite, "system-out").text = _xml("\n".join(report.notes))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _agreeing(report: Report) -> Iterator[ET.Element]:
    for row in report.extra.get("matrix") or ():
        if all(state in ("same", "silent") for state in row["sides"].values()):
            yield _case(row["kind"], row["object"])


def _case(kind: str, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": _xml(kind), "name": _xml(name)})


def _finding(finding: Finding, exit_code: Exit, look: Look) -> ET.Element:
    case = _case(finding.kind, f"{finding.object} {finding.code} {finding.rule}")
    if finding.places:
        place = finding.places[0]
        case.set("file", _xml(look.prefix + place.path))
        case.set("line", str(place.line))
    message = _xml(finding.message)
    if not _fails(finding, exit_code):
        ET.SubElement(case, "skipped", {"message": message})
        return case
    failure = ET.SubElement(case, "failure", {"type": str(finding.severity), "message": message})
    failure.text = _xml("\n".join(_told(finding, look)))
    return case


def _fails(finding: Finding, exit_code: Exit) -> bool:
    """A warning is a failure unless the run passed in spite of it (`--fail-on error`)."""
    return finding.severity is Severity.ERROR or (
        finding.severity is Severity.WARNING and exit_code is not Exit.CLEAN
    )


def _told(finding: Finding, look: Look) -> Iterator[str]:
    yield finding.message
    for side in dict.fromkeys([*finding.sides, *(p.side for p in finding.places)]):
        value = finding.sides.get(side, "")
        where = ", ".join(f"{look.prefix}{p}" for p in finding.places if p.side == side)
        said = ("absent" if value is None else value, f"({where})" if where else "")
        yield f"{side}: {' '.join(part for part in said if part)}"
    if finding.verdict:
        yield f"verdict: {finding.verdict}"
    if finding.hint:
        yield finding.hint


def _unknown(unknown: Unknown) -> ET.Element:
    case = _case(unknown.side, unknown.object)
    error = ET.SubElement(case, "error", {"type": "unknown", "message": _xml(unknown.reason)})
    error.text = _xml(unknown.hint or "") or None
    return case


def _xml(text: str) -> str:
    """Text that XML can hold: controls written out, line breaks kept."""
    shown = "\n".join(visible(line) for line in text.split("\n"))
    return _NEVER.sub(lambda m: f"\\u{ord(m[0]):04x}", shown)
