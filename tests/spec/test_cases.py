"""Each document under tests/cases/spec_reading states exactly what the YAML file beside it says, no more
and no less."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from todo_db.spec.read import read_markdown
from todo_db.spec.write import to_plain

CASES = sorted((Path(__file__).parent.parent / "cases" / "spec_reading").glob("*.md"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_a_document_states_what_its_yaml_says(path: Path) -> None:
    expected = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    spec = read_markdown(path.read_text(encoding="utf-8"), path.name)
    findings = expected.pop("findings")
    passed_over = expected.pop("passed_over", [])

    plain = to_plain(spec)
    plain.pop("version")
    assert plain == expected
    assert sorted(_short(f) for f in spec.findings) == sorted(findings)
    assert [p.title for p in spec.passed_over] == passed_over


def _short(finding: object) -> str:
    lines = ",".join(str(p.line) for p in finding.places)
    return f"{finding.code} {finding.object.removeprefix('public.')} {lines}"
