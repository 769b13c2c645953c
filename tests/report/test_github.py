"""GitHub annotations: escaped as the runner unescapes them, and never more than it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from todo_db.errors import Exit
from todo_db.findings import Finding, Report, Severity
from todo_db.report import Look, render


def parse(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it (actions/runner, ActionCommand.TryParseV2)."""
    head, _, data = line[2:].partition("::")
    name, _, rest = head.partition(" ")
    properties = {}
    for part in filter(None, rest.split(",")):
        key, _, value = part.partition("=")
        for code, char in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            value = value.replace(code, char)
        properties[key] = value
    for code, char in (("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        data = data.replace(code, char)
    return name, properties, data


def test_an_annotation_stands_on_its_line(report: Report) -> None:
    first, *_ = render("github", report, Exit.FINDINGS, Look(prefix="backend/")).split("\n")
    name, properties, text = parse(first)
    assert name == "error"
    assert properties == {
        "file": "backend/schema/schema.md",
        "line": "12",
        "title": "TD203 column-type: public.tasks.title",
    }
    assert "models: integer (app/models.py:30)" in text.split("\n")


def test_every_line_is_one_command(report: Report) -> None:
    lines = render("github", report, Exit.FINDINGS).split("\n")
    assert [parse(line)[0] for line in lines] == ["error", "warning", "warning", "notice"]


def test_what_github_would_drop_is_counted(make: Callable[..., Finding]) -> None:
    many = Report("diff", tuple(make(object=f"public.t{n}") for n in range(25)))
    lines = render("github", many, Exit.FINDINGS).split("\n")
    assert len(lines) == 10
    assert "16 more" in lines[-1]


def test_ten_are_all_shown(make: Callable[..., Finding]) -> None:
    ten = tuple(make(object=f"public.t{n}") for n in range(10))
    lines = render("github", Report("diff", ten), Exit.FINDINGS).split("\n")
    assert [parse(line)[1]["title"].rpartition(".")[2] for line in lines] == [f"t{n}" for n in range(10)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_nothing_breaks_out_of_an_annotation(make: Callable[..., Finding], name: str, said: str) -> None:
    odd = make(object=name, message=f"x{said}", sides={}, severity=Severity.WARNING, verdict=None, hint=None)
    text = render("github", Report("diff", (odd,)), Exit.FINDINGS)
    assert "\n" not in text
    assert "##[" not in text
    assert parse(text)[0] == "warning"
    assert list(parse(text)[1]) == ["file", "line", "title"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab%:,=0123456789ADx;&")))
def test_escapes_are_undone_by_the_runner(make: Callable[..., Finding], name: str) -> None:
    odd = make(object=name, message=name, sides={}, verdict=None, hint=None)
    _, properties, text = parse(render("github", Report("diff", (odd,)), Exit.FINDINGS))
    assert properties["title"] == f"TD203 column-type: {name}"
    assert text == name


def test_an_unknown_is_told(report: Report) -> None:
    only = replace(report, findings=())
    name, _, text = parse(render("github", only, Exit.UNDETERMINED))
    assert name == "warning"
    assert "permission denied" in text
