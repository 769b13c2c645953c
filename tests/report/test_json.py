"""JSON: the contract that other programs build upon."""

from __future__ import annotations

import json
from collections.abc import Callable

from todo_db.errors import Exit, UsageError
from todo_db.findings import Finding, Report
from todo_db.report import render
from todo_db.report.json import render_error


def test_the_contract(make: Callable[..., Finding]) -> None:
    report = Report("diff", (make(),), objects=212, facts=1904)
    got = json.loads(render("json", report, Exit.FINDINGS))
    finding = got["findings"][0]
    assert {k: got[k] for k in ("version", "command", "exit_code")} == {
        "version": 1,
        "command": "diff",
        "exit_code": 1,
    }
    assert {k: v for k, v in finding.items() if k not in ("question", "ways")} == {
        "code": "TD203",
        "rule": "column-type",
        "severity": "error",
        "kind": "column",
        "object": "public.tasks.title",
        "message": "column public.tasks.title: type is text in spec, integer in models",
        "sides": {"spec": "text", "models": "integer"},
        "places": [
            {"side": "spec", "path": "schema/schema.md", "line": 12},
            {"side": "models", "path": "app/models.py", "line": 30},
        ],
        "verdict": "model-differs",
        "hint": "change the model to what the spec says",
    }
    assert got["summary"] == {
        "objects": 212,
        "facts": 1904,
        "unknown": 0,
        "errors": 1,
        "warnings": 0,
        "questions": 0,
    }


def test_odd_names_survive(report: Report) -> None:
    text = render("json", report, Exit.FINDINGS)
    assert text.isascii()
    assert json.loads(text)["findings"][1]["object"] == report.findings[1].object


def test_a_failed_run_has_the_same_shape() -> None:
    failed = json.loads(render_error("drift", UsageError("what", where="there", hint="do")))
    clean = json.loads(render("json", Report("drift"), Exit.CLEAN))
    assert failed.pop("error") == {"what": "what", "where": "there", "hint": "do"}
    assert failed == {**clean, "exit_code": 2}
