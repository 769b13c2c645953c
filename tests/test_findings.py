"""Findings: the JSON shape, the exit code, the order."""

import pytest

import todo_db.objects.rules  # noqa: F401  (registers rules)
from todo_db.errors import Exit
from todo_db.findings import RULES, Finding, Place, Report, Rule, Severity, Unknown, ordered, register


def finding(severity=Severity.ERROR, **more):
    return Finding(**{"code": "TD203", "rule": "column-type", "severity": severity, "kind": "column",
                      "object": "public.t.a", "message": "m"} | more)  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "unknown", "fail_on", "code"),
    [
        ([], (), Severity.WARNING, Exit.CLEAN),
        ([finding()], (), Severity.ERROR, Exit.FINDINGS),
        ([finding(Severity.WARNING)], (), Severity.WARNING, Exit.FINDINGS),
        ([finding(Severity.WARNING)], (), Severity.ERROR, Exit.CLEAN),
        ([finding(Severity.INFO)], (), Severity.WARNING, Exit.CLEAN),
        ([], (Unknown("live", "x", "no permission"),), Severity.ERROR, Exit.UNDETERMINED),
        ([finding()], (Unknown("live", "x", "no permission"),), Severity.ERROR, Exit.FINDINGS),
    ],
)
def test_exit_code(findings, unknown, fail_on, code):
    assert Report("drift", tuple(findings), unknown=unknown).exit_code(fail_on) is code


def test_the_json_shape_is_the_contract():
    place = Place("spec", "schema/schema.md", 12)
    report = Report(
        "diff", (finding(sides={"a": "text", "b": None}, places=(place,), question=True),), 212, 1904
    )
    data = report.as_dict(1)
    assert list(data)[:5] == ["version", "command", "exit_code", "findings", "summary"]
    assert data["findings"][0] == {
        "code": "TD203", "rule": "column-type", "severity": "error", "kind": "column", "object": "public.t.a",
        "message": "m", "sides": {"a": "text", "b": None},
        "places": [{"side": "spec", "path": "schema/schema.md", "line": 12}],
        "verdict": None, "hint": None, "question": True, "ways": [],
    }  # fmt: skip
    expected = {"objects": 212, "facts": 1904, "unknown": 0, "errors": 1, "warnings": 0, "questions": 1}
    assert data["summary"] == expected


def test_order_is_stable_and_repeats_are_left_out():
    one, two = finding(object="public.b"), finding(object="public.a")
    assert ordered([one, two, one]) == (two, one) == ordered([two, one])


def test_a_code_that_stands_for_two_rules_fails_at_import():
    code = next(iter(RULES))
    with pytest.raises(ValueError, match=code):
        register(Rule(code, "something-else", Severity.INFO, ""))
    register(RULES[code])  # the same rule again is no clash


def test_no_code_is_given_twice() -> None:
    """A second rule of a code fails at its import, wherever it is."""
    from todo_db.workflows.explain import all_rules

    assert {r.code for r in all_rules()} == set(RULES)
