"""SARIF: what the schema and code scanning ask for, and results that are recognised from run to run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from todo_db.errors import Exit
from todo_db.findings import Finding, Place, Report, Severity
from todo_db.report import Look, render


def run_of(report: Report, code: Exit = Exit.FINDINGS, look: Look | None = None) -> dict[str, Any]:
    log = json.loads(render("sarif", report, code, look or Look()))
    assert log["version"] == "2.1.0"
    assert log.keys() == {"$schema", "version", "runs"}
    [run] = log["runs"]
    return dict(run)


def test_every_result_names_its_rule(report: Report) -> None:
    run = run_of(report)
    rules = run["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == sorted({f.code for f in report.findings})
    assert len(run["results"]) == len(report.findings)
    for result, finding in zip(run["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note")
    assert all(r["shortDescription"]["text"] and r["name"] for r in rules)


def test_levels(make: Callable[..., Finding]) -> None:
    report = Report("diff", tuple(make(severity=s, object=str(s)) for s in Severity))
    assert [r["level"] for r in run_of(report)["results"]] == ["error", "warning", "note"]


def test_places_are_relative_to_the_repository(make: Callable[..., Finding]) -> None:
    places = (Place("spec", "schema/my spec#1.md", 12), Place("models", "app/models.py", 30))
    [result] = run_of(Report("diff", (make(places=places),)), look=Look(prefix="backend/"))["results"]
    [location] = result["locations"]
    artifact = location["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "backend/schema/my%20spec%231.md", "uriBaseId": "%SRCROOT%"}
    assert unquote(artifact["uri"]) == "backend/schema/my spec#1.md"
    assert location["physicalLocation"]["region"] == {"startLine": 12}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "public.tasks.title"
    [related] = result["relatedLocations"]
    assert related["physicalLocation"]["region"] == {"startLine": 30}


def test_a_file_elsewhere_is_named_whole(make: Callable[..., Finding]) -> None:
    [result] = run_of(Report("diff", (make(places=(Place("a", "/srv/a b.sql", 3),)),)))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///srv/a%20b.sql"}


def test_a_finding_without_a_file_still_has_a_location(make: Callable[..., Finding]) -> None:
    """Code scanning refuses an upload in which a result has none."""
    [result] = run_of(Report("drift", (make(places=()),)))["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_a_finding_is_recognised_when_lines_and_words_move(make: Callable[..., Finding]) -> None:
    def prints(*findings: Finding) -> list[str]:
        results = run_of(Report("drift", findings))["results"]
        return [r["partialFingerprints"]["todoDbFinding/v1"] for r in results]

    one = make()
    moved = replace(one, message="said otherwise", places=(Place("spec", "schema/schema.md", 99),))
    other = make(object="public.tasks.status")
    assert prints(one) == prints(moved)
    assert prints(other, one)[1:] == prints(one)
    assert len({*prints(one, moved, other)}) == 3


def test_what_is_unknown_is_a_notification(report: Report) -> None:
    [invocation] = run_of(replace(report, findings=()), Exit.UNDETERMINED)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    assert "permission denied" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_odd_names_survive(report: Report) -> None:
    text = render("sarif", report, Exit.FINDINGS)
    assert text.isascii()
    assert run_of(report)["results"][1]["properties"]["object"] == report.findings[1].object
