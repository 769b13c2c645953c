"""Markdown: tables that stay tables whatever the names hold."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from todo_db.errors import Exit
from todo_db.findings import Finding, Report
from todo_db.report import Look, render
from todo_db.report.escape import visible
from todo_db.report.markdown import code

PARSER = MarkdownIt("commonmark").enable("table")


def rows_of(text: str) -> list[list[str]]:
    """The cells of all tables, as text: code spans and prose, without markup."""
    tokens = PARSER.parse(text)
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level >= 3:
            rows[-1].append("".join(c.content for c in token.children or ()))
    return rows


def test_tables(report: Report) -> None:
    text = render("markdown", report, Exit.FINDINGS, Look(prefix="backend/"))
    rows = rows_of(text)
    assert rows[0] == ["Object", "spec", "live"]
    assert rows[1] == ["table public.tasks", "✓", "≠"]
    assert rows[2] == ["", "Code", "Object", "Finding"]
    assert rows[4][2] == 'column public."we|ird`\\x1b[31mred\\x1b[0m🙂\\n"'
    assert "backend/schema/schema.md:12" in rows[3][3]
    assert "question" in rows[5][0]
    assert rows[-1] == ["live", "public.secret", "permission denied", "grant SELECT"]


def test_the_result_is_said(report: Report) -> None:
    assert "findings" in render("markdown", report, Exit.FINDINGS).splitlines()[0]
    assert "clean" in render("markdown", Report("drift"), Exit.CLEAN).splitlines()[0]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_code_span_in_a_table_shows_the_text(name: str) -> None:
    rows = rows_of(f"| a | b |\n| --- | --- |\n| {code(name)} | end |\n")
    assert rows[1][1] == "end"
    shown = visible(name)
    if "\\|" not in shown and not shown.isspace() and shown == shown.strip():
        assert rows[1][0] == shown


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_prose_is_never_markup(said: str) -> None:
    from tests.report.conftest import finding

    text = render("markdown", Report("diff", (finding(message=said, sides={}, places=()),)), Exit.FINDINGS)
    assert len(rows_of(text)) == 2
    html = PARSER.render(text)
    assert "<script" not in html
    assert "<a " not in html
    assert "<img" not in html


def test_mentions_and_html_are_defused(make: Callable[..., Finding]) -> None:
    odd = Report("diff", (make(message="hello @octocat <img src=x> [a](http://b)"),))
    html = PARSER.render(render("markdown", odd, Exit.FINDINGS))
    assert "<img" not in html
    assert "<a " not in html
    assert "@octocat" not in render("markdown", odd, Exit.FINDINGS)
