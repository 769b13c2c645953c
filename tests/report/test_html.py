"""The page: self-contained, with every finding, and safe whatever the names hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.report.html_checks import check, svg
from tests.report.tables import column, table
from todo_db.errors import Exit
from todo_db.findings import Finding, Place, Report, Unknown
from todo_db.report import Look, render
from todo_db.report.escape import visible
from todo_db.report.html import owner_of
from todo_db.report.redact import redacted

EVIL = "\"><script>alert(1)</script><img src=//x onerror=x>&amp;{{7*7}}'`\x1b[31m\u202e"


def with_diagram(report: Report) -> Report:
    tasks = table("tasks", ["user"])
    tasks["columns"].append(column("tasks", "title"))
    return replace(report, extra={**report.extra, "outline": [tasks, table("user")]})


def test_every_finding_is_on_the_page(report: Report) -> None:
    page = check(render("html", with_diagram(report), Exit.FINDINGS, Look(prefix="backend/")))
    assert len([d for d in page.named("details") if "finding" in d["class"]]) == len(report.findings)
    for finding in report.findings:
        assert visible(finding.message) in page.words
        for place in finding.places:
            assert f"backend/{place}" in page.words
        assert (finding.hint or "") in page.words
        assert (finding.verdict or "") in page.words
    assert "permission denied" in page.words
    assert "models were left out: none are named" in page.words
    assert "1,212 objects" in page.words


def test_the_matrix_and_the_diagram_lead_to_the_findings(report: Report) -> None:
    text = render("html", with_diagram(report), Exit.FINDINGS)
    page = check(text)
    matrix = text.partition('class="matrix"')[2].partition("</table>")[0]
    assert matrix.count('<a href="#x') == 2  # of tasks and of notes, about both of which something was found
    links = [a.get("href") for a in svg(text).iter("{http://www.w3.org/2000/svg}a")]
    details = ["#" + d["id"] for d in page.named("details") if "finding" in d.get("class", "")]
    assert set(links) & set(details)


@pytest.mark.parametrize(
    ("code", "word"),
    [(Exit.CLEAN, "clean"), (Exit.FINDINGS, "findings"), (Exit.UNDETERMINED, "could not be determined")],
)
def test_the_result_stands_in_the_heading_and_the_title(code: Exit, word: str) -> None:
    text = render("html", Report("drift"), code)
    check(text)
    assert f"<title>todo-db drift: {word}</title>" in text
    assert text.count(word) >= 2


def test_what_agrees_in_a_long_matrix_is_folded_up(report: Report) -> None:
    rows = [
        {"kind": "table", "object": f"public.t{n}", "sides": {"spec": "same", "live": "same"}}
        for n in range(30)
    ]
    rows.append({"kind": "table", "object": "public.odd", "sides": {"spec": "same", "live": "differs"}})
    page = check(render("html", replace(report, extra={"matrix": rows}), Exit.FINDINGS))
    assert "30 objects agree" in page.words
    assert all(f"public.t{n}" in page.words for n in range(30))


def test_checks_of_doctor_are_shown() -> None:
    checks = [{"name": "server", "status": "error", "text": "refused", "hint": "start it"}]
    page = check(render("html", Report("doctor", extra={"checks": checks}), Exit.FINDINGS))
    assert "refused" in page.words
    assert "start it" in page.words


def test_nothing_breaks_out(make: Callable[..., Finding]) -> None:
    odd = make(
        object=f"public.{EVIL}.a",
        message=EVIL,
        kind=EVIL,
        sides={EVIL: EVIL, "live": f"two\nlines {EVIL}"},
        places=(Place(EVIL, EVIL, 1),),
        verdict=EVIL,
        hint=EVIL,
    )
    drawn = table(EVIL, [EVIL], more=[EVIL])
    report = Report(
        EVIL,
        (odd,),
        unknown=(Unknown(EVIL, EVIL, EVIL, EVIL),),
        notes=(EVIL,),
        extra={
            "matrix": [{"kind": EVIL, "object": EVIL, "sides": {EVIL: EVIL}}],
            "outline": [drawn],
        },
    )
    page = check(render("html", report, Exit.FINDINGS))
    assert page.named("script") == []
    assert visible(EVIL) in page.words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_any_text_is_text(make: Callable[..., Finding], name: str, said: str) -> None:
    odd = make(object=name, message=said, sides={"spec": said, "live": None}, hint=name)
    text = render("html", Report("diff", (odd,)), Exit.FINDINGS)
    text.encode()
    assert visible(said) in check(text).words


def test_the_page_is_the_same_every_time(report: Report) -> None:
    assert render("html", report, Exit.FINDINGS) == render("html", report, Exit.FINDINGS)


def test_a_redacted_report_is_drawn_as_well(report: Report) -> None:
    text = render("html", redacted(with_diagram(report)), Exit.FINDINGS)
    assert "tasks" in check(text).words
    svg(text)


def test_findings_are_gathered_under_their_table(make: Callable[..., Finding]) -> None:
    owners = {"public.tasks", 'public."a.b"', "public.f(audit.mood, text)"}
    assert owner_of(make(object="public.tasks.title"), owners) == "public.tasks"
    assert owner_of(make(object='public."a.b"."c.d"'), owners) == 'public."a.b"'
    function = make(object="public.f(audit.mood, text)", kind="function")
    assert owner_of(function, owners) == function.object
    assert owner_of(make(object="public.gone.x"), owners) == "public.gone.x"
    assert owner_of(make(object="public.tasks.title"), ()) == "public.tasks"
