"""SARIF 2.1.0: findings for code scanning, which shows them in pull requests and follows them over runs.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from todo_db.errors import Exit
from todo_db.findings import RULES, Finding, Place, Report, Severity, Unknown
from todo_db.report import Look
from todo_db.report.escape import visible
from todo_db.report.fingerprint import fingerprints

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "%SRCROOT%"
# Code scanning refuses a result without a file; what no file states is shown at the tool's settings.
_NOWHERE = Place("", "pyproject.toml", 1)


def render(report: Report, exit_code: Exit, look: Look) -> str:
    """One run with its rules, results, and what could not be read as notifications."""
    codes = sorted({f.code for f in report.findings})
    index = {code: n for n, code in enumerate(codes)}
    first = {f.code: f for f in reversed(report.findings)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "todo-db",
                **_version(),
                "rules": [_rule(first[code]) for code in codes],
            }
        },
        "automationDetails": {"id": f"todo-db/{report.command}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, exit_code)],
        "results": [
            _result(f, index[f.code], print_, look)
            for f, print_ in zip(report.findings, fingerprints(report.findings), strict=True)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _version() -> dict[str, str]:
    """What is installed; run from its sources the tool has no version to state."""
    try:
        return {"version": version("todo-db")}
    except PackageNotFoundError:
        return {}


def _rule(finding: Finding) -> dict[str, Any]:
    """What code scanning says of a rule; a rule that is not registered is known by its finding only."""
    known = RULES.get(finding.code)
    title = known.title if known is not None and known.title else finding.rule.replace("-", " ")
    described: dict[str, Any] = {
        "id": finding.code,
        "name": known.name if known is not None else finding.rule,
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": _LEVEL[known.severity if known is not None else finding.severity]},
    }
    if known is not None and known.explain:
        described["fullDescription"] = {"text": known.explain.split("\n\n", 1)[0][:1000]}
        described["help"] = {"text": known.explain, "markdown": known.explain}
    return described


def _result(finding: Finding, index: int, fingerprint: str, look: Look) -> dict[str, Any]:
    first, *others = finding.places or (_NOWHERE,)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": _text(finding)},
        "locations": [_location(first, look, finding)],
        "partialFingerprints": {"todoDbFinding/v1": fingerprint},
        "properties": _properties(finding),
    }
    if others:
        result["relatedLocations"] = [
            {"id": n, **_location(place, look), "message": {"text": place.side}}
            for n, place in enumerate(others, 1)
        ]
    return result


def _text(finding: Finding) -> str:
    lines = [finding.message, *([finding.hint] if finding.hint else [])]
    return "\n".join(visible(line) for line in lines)


def _properties(finding: Finding) -> dict[str, Any]:
    said = {
        "rule": finding.rule,
        "kind": finding.kind,
        "object": finding.object,
        "sides": dict(finding.sides),
        "verdict": finding.verdict,
        "question": finding.question or None,
    }
    return {key: value for key, value in said.items() if value is not None}


def _location(place: Place, look: Look, finding: Finding | None = None) -> dict[str, Any]:
    """The place in the file; with a finding, the database's object as well."""
    where: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(place.path, look.prefix),
            "region": {"startLine": max(place.line, 1)},
        }
    }
    if finding is not None:
        named = {"fullyQualifiedName": visible(finding.object), "kind": finding.kind}
        where["logicalLocations"] = [named]
    return where


def _artifact(path: str, prefix: str) -> dict[str, str]:
    """A path as a URI reference: relative to the repository, or whole where it lies elsewhere."""
    plain = path.replace("\\", "/")
    if PurePosixPath(plain).is_absolute():
        return {"uri": f"file://{_quoted(plain)}"}
    return {"uri": _quoted(f"{prefix}{plain}"), "uriBaseId": _ROOT}


def _quoted(path: str) -> str:
    return quote(path.encode(errors="surrogateescape"))


def _invocation(report: Report, exit_code: Exit) -> dict[str, Any]:
    return {
        "executionSuccessful": exit_code in (Exit.CLEAN, Exit.FINDINGS),
        "exitCode": int(exit_code),
        "toolExecutionNotifications": [_notification(u) for u in report.unknown],
    }


def _notification(unknown: Unknown) -> dict[str, Any]:
    said = f"not known: {unknown.object} ({unknown.side}): {unknown.reason}"
    return {
        "level": "error",
        "message": {"text": "\n".join(visible(t) for t in (said, unknown.hint or "") if t)},
    }
