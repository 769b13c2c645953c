"""Ten small projects in the styles in which they are written: each checks clean, each broken twin does not.

A case is a folder: `schema.md`, `models.py` that follow it, `broken.py` that do not, and `broken.json`, which
says what has to be found, at which line of either file (by a piece of it), and that there is nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sources.conftest import Project
from todo_db.errors import Exit
from todo_db.findings import Finding, Report, Severity
from todo_db.rules import model_checks
from todo_db.spec.from_schema import to_specification
from todo_db.spec.write_markdown import to_markdown
from todo_db.workflows.check_spec import check
from todo_db.workflows.sides import hold

CASES = Path(__file__).parents[1] / "cases" / "specs"
HOUSE_RULES = ["TD3*", "TD4*"]  # these have cases of their own; a broken twin names those that it shows
NAMES = sorted(p.name for p in CASES.iterdir() if p.is_dir())


def run(
    project: Project, name: str, models: str, *, house_rules: bool = False, shown: tuple[str, ...] = ()
) -> Report:
    files = {"schema.md": CASES / name / "schema.md", "app/models.py": CASES / name / f"{models}.py"}
    texts = {to: path.read_text(encoding="utf-8") for to, path in files.items()}
    of_models = [c.rule.code for c in model_checks() if c.rule.code not in shown]
    waived = [] if house_rules else ["TD3*", *of_models] if shown else HOUSE_RULES
    return check(project(texts, models="app.models", spec="schema.md", waived=waived))


def described(finding: Finding, folder: Path) -> dict[str, Any]:
    """A finding as the data file states it, with the text of the lines that it points at."""
    names = {"schema.md": folder / "schema.md", "app/models.py": folder / "broken.py"}
    lines = {p.side: names[p.path].read_text().splitlines()[p.line - 1] for p in finding.places}
    return {"code": finding.code, "object": finding.object, "fact": finding.rule, **lines}


def matches(expected: dict[str, Any], found: dict[str, Any]) -> bool:
    same = all(expected[k] == found[k] for k in ("code", "object", "fact") if k in expected)
    return same and all(
        (expected[side] is None) == (side not in found)
        and (expected[side] is None or expected[side] in found[side])
        for side in ("spec", "models")
    )


def test_there_are_ten_cases() -> None:
    assert len(NAMES) == 10
    assert all({"schema.md", "models.py", "broken.py", "broken.json"} <= names_in(name) for name in NAMES)


def names_in(name: str) -> set[str]:
    return {p.name for p in (CASES / name).iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_models_that_follow_the_spec_check_clean(project: Project, name: str) -> None:
    report = run(project, name, "models", house_rules=True)
    assert [f.message for f in report.findings if f.severity is not Severity.INFO] == []
    assert report.exit_code() is Exit.CLEAN
    assert report.unknown == ()
    assert report.facts > 100


@pytest.mark.parametrize("name", NAMES)
def test_every_break_is_found_at_both_places_and_nothing_else(project: Project, name: str) -> None:
    expected = json.loads((CASES / name / "broken.json").read_text())
    report = run(project, name, "broken", shown=tuple(e["code"] for e in expected if e["code"] > "TD4"))
    found = [described(f, CASES / name) for f in report.findings]
    assert [e for e in expected if not any(matches(e, f) for f in found)] == []
    assert [f for f in found if not any(matches(e, f) for e in expected)] == []
    assert report.unknown == ()


@pytest.mark.parametrize("name", [*NAMES, "the todo application"])
def test_models_written_as_a_spec_are_what_that_spec_says(project: Project, name: str) -> None:
    """Nothing is lost or invented on the way from a schema to a spec and back."""
    if name in NAMES:
        texts = {"app/models.py": (CASES / name / "models.py").read_text(encoding="utf-8")}
        ws = project(texts, models="app.models", spec="written.md")
    else:
        ws = project(models="todo_db.models", spec="written.md")
    models = ws.side("models")
    written = to_markdown(to_specification(models).specification)
    (ws.settings.root / "written.md").write_text(written, encoding="utf-8")
    spec = ws.side("spec")
    comparison, unknown = hold(ws, [spec, models])
    assert [(d.key.name, d.fact, d.values) for d in comparison] == []
    assert [u for u in unknown if u.side != "models"] == []  # a users table that only a spec can have
    assert {k for k in models.objects if k.kind == "table"} <= spec.objects.keys()
    assert ws.spec_findings == []
