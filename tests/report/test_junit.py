"""JUnit: well-formed whatever the names hold, and its counts are what decides a build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from todo_db.errors import Exit
from todo_db.findings import Finding, Report, Severity
from todo_db.report import Look, render


def suite_of(report: Report, code: Exit = Exit.FINDINGS, look: Look | None = None) -> ET.Element:
    text = render("junit", report, code, look or Look())
    root = ET.fromstring(text.encode())  # noqa: S314 (our own)
    assert root.tag == "testsuites"
    [suite] = root
    counted = {
        "tests": len(suite.findall("testcase")),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
        "skipped": len(suite.findall("testcase/skipped")),
    }
    assert {name: suite.get(name) for name in counted} == {n: str(c) for n, c in counted.items()}
    return suite


def test_findings_fail_questions_are_skipped_unknowns_are_errors(report: Report) -> None:
    suite = suite_of(report, look=Look(prefix="backend/"))
    assert [suite.get(k) for k in ("tests", "failures", "errors", "skipped")] == ["5", "2", "1", "1"]
    failed = suite.find("testcase[failure]")
    assert failed is not None
    assert failed.get("classname") == "column"
    assert failed.get("name") == "public.tasks.title TD203 column-type"
    assert (failed.get("file"), failed.get("line")) == ("backend/schema/schema.md", "12")
    text = failed.findtext("failure") or ""
    assert "models: integer (backend/app/models.py:30)" in text.split("\n")
    assert "change the model to what the spec says" in text


def test_what_agrees_passes(report: Report) -> None:
    passed = [c.get("name") for c in suite_of(report).findall("testcase") if not len(c)]
    assert passed == ["public.notes"]


def test_a_warning_fails_only_where_it_fails_the_run(make: Callable[..., Finding]) -> None:
    warned = Report("diff", (make(severity=Severity.WARNING),))
    assert suite_of(warned, Exit.FINDINGS).get("failures") == "1"
    assert suite_of(warned, Exit.CLEAN).get("failures") == "0"
    assert suite_of(replace(warned, findings=(make(),)), Exit.CLEAN).get("failures") == "1"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_any_text_is_text(make: Callable[..., Finding], name: str, said: str) -> None:
    odd = make(object=name, message=said, sides={name: said}, hint=said, places=())
    suite = suite_of(Report("diff", (odd,)))
    assert suite.get("failures") == "1"
