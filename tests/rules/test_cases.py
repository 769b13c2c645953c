"""Every rule has a good and a bad case: a bad one is found exactly where it says, a good one stays silent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from todo_db.findings import Finding
from todo_db.rules import check_models, check_specification, model_checks, spec_checks
from todo_db.rules.classes import read_models
from todo_db.rules.house import Check
from todo_db.settings import Settings
from todo_db.spec.read import read_specification

CASES = Path(__file__).parents[1] / "cases" / "rules"
FINDS = re.compile(r"(?:<!--|#) finds: (.+?)(?: -->)?$", re.MULTILINE)


def cases(checks: tuple[Check, ...]) -> list[object]:
    return [
        pytest.param(check, path, id=f"{check.rule.name}-{path.stem}")
        for check in checks
        for path in sorted((CASES / check.rule.name).glob("*.*"))
    ]


def of(check: Check, findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if f.code == check.rule.code]


@pytest.mark.parametrize(("check", "path"), cases(spec_checks()))
def test_specifications(check: Check, path: Path) -> None:
    """`finds:` names the objects, with a `?` before those that are only asked about."""
    spec = read_specification([path], root=path.parent)
    assert spec.tables
    found = of(check, check_specification(spec, Settings(root=path.parent)))
    said = FINDS.search(path.read_text())
    expected = said[1].split(", ") if said else []
    assert sorted("?" * f.question + f.object for f in found) == sorted(expected)
    assert all(f.places and f.message for f in found)
    assert bool(expected) == path.stem.startswith("bad")


def laid_out(path: Path, root: Path) -> tuple[Settings, set[tuple[str, int]]]:
    """The project that a case describes, and the places where it expects the rule.

    `# models:` names the module (default `models`), `# file:` begins a further file, and a comment with the
    rule's code ends each line where it is to be found.
    """
    text = path.read_text()
    module = re.search(r"^# models: (.+)$", text, re.MULTILINE)
    parts = re.split(r"^# file: (.+)\n", text, flags=re.MULTILINE)
    files = dict(zip(parts[1::2], parts[2::2], strict=True)) or {"models.py": text}
    expected = set()
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
        lines = enumerate(content.splitlines(), 1)
        expected |= {(name, number) for number, line in lines if re.search(r"# TD4\d\d$", line)}
    return Settings(root=root, models=(module[1] if module else "models",)), expected


@pytest.mark.parametrize(("check", "path"), cases(model_checks()))
def test_models(check: Check, path: Path, tmp_path: Path) -> None:
    settings, expected = laid_out(path, tmp_path)
    assert read_models(settings).classes
    found = of(check, check_models(settings))
    places = [{(p.path, p.line) for p in f.places} for f in found]
    assert all(at & expected for at in places), found
    assert expected <= set().union(*places), found
    assert len(found) == len(expected), found
    assert bool(expected) == path.stem.startswith("bad")


@pytest.mark.parametrize("check", [*spec_checks(), *model_checks()], ids=lambda c: c.rule.name)
def test_a_rule_has_cases_a_reason_and_an_example(check: Check) -> None:
    names = [p.stem for p in (CASES / check.rule.name).glob("*.*")]
    assert any(n.startswith("good") for n in names)
    assert any(n.startswith("bad") for n in names)
    rule = check.rule
    assert len(rule.reason) > 100
    assert "Right" in rule.example or any(
        w in rule.example for w in ("Clear", "After", "Before", "Said", "`")
    )
    assert rule.reason.strip() in rule.rule.explain
    assert rule.example.strip() in rule.rule.explain


def test_cases_belong_to_rules() -> None:
    names = {c.rule.name for c in (*spec_checks(), *model_checks())}
    assert {p.name for p in CASES.iterdir()} == names
