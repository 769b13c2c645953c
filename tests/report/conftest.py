"""A report with everything in it that a format has to cope with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from todo_db.findings import Finding, Place, Report, Severity, Unknown


def finding(**facts: Any) -> Finding:
    """A finding; what is not named is that of a column whose type differs."""
    given = {
        "code": "TD203",
        "rule": "column-type",
        "severity": Severity.ERROR,
        "kind": "column",
        "object": "public.tasks.title",
        "message": "column public.tasks.title: type is text in spec, integer in models",
        "sides": {"spec": "text", "models": "integer"},
        "places": (Place("spec", "schema/schema.md", 12), Place("models", "app/models.py", 30)),
        "verdict": "model-differs",
        "hint": "change the model to what the spec says",
    }
    return Finding(**{**given, **facts})


@pytest.fixture
def make() -> Callable[..., Finding]:
    return finding


@pytest.fixture
def report() -> Report:
    return Report(
        "drift",
        (
            finding(),
            finding(
                code="TD201",
                rule="column-missing",
                object='public."we|ird`\x1b[31mred\x1b[0m🙂\n"',
                message='column public."we|ird`\x1b[31mred\x1b[0m🙂\n" is in spec, not in live',
                sides={"spec": "present", "live": None},
                places=(),
                severity=Severity.WARNING,
            ),
            finding(
                code="TD501",
                rule="question",
                kind="table",
                object="public.notes",
                message="may notes.body be null?",
                sides={},
                places=(Place("spec", "schema/schema.md", 40), Place("spec", "schema/schema.md", 41)),
                severity=Severity.INFO,
                verdict=None,
                hint=None,
                question=True,
            ),
        ),
        objects=1212,
        facts=9904,
        unknown=(Unknown("live", "public.secret", "permission denied", hint="grant SELECT"),),
        notes=("models were left out: none are named",),
        extra={
            "matrix": [
                {"kind": "table", "object": "public.tasks", "sides": {"spec": "same", "live": "differs"}},
                {"kind": "table", "object": "public.notes", "sides": {"spec": "same", "live": "same"}},
            ]
        },
    )
