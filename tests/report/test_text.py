"""Text: everything is said, in 80 columns, and nothing acts on the terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo_db.errors import Exit
from todo_db.findings import Finding, Report, Unknown
from todo_db.report import Look, render
from todo_db.report.escape import cells, visible, wrap


def test_plain(report: Report) -> None:
    assert render("text", report, Exit.FINDINGS) == (
        "                    spec  live\n"
        "table public.tasks   ✓     ≠\n"
        "table public.notes   ✓     ✓\n"
        "✓ agrees  ≠ differs\n"
        "\n"
        "column public.tasks.title\n"
        "  error TD203 column type is text in spec, integer in models\n"
        "    spec    text  schema/schema.md:12\n"
        "    models  integer  app/models.py:30\n"
        "    verdict: model-differs\n"
        "    → change the model to what the spec says\n"
        "\n"
        'column public."we|ird`\\x1b[31mred\\x1b[0m🙂\\n"\n'
        "  warning TD201 column is in spec, not in live\n"
        "    spec  present\n"
        "    live  absent\n"
        "    verdict: model-differs\n"
        "    → change the model to what the spec says\n"
        "\n"
        "table public.notes\n"
        "  question TD501 may notes.body be null?\n"
        "    spec  schema/schema.md:40, schema/schema.md:41\n"
        "\n"
        "not known: public.secret (live): permission denied\n"
        "    → grant SELECT\n"
        "\n"
        "note: models were left out: none are named\n"
        "\n"
        "drift: 1 error, 1 warning, 1 question, 1 not known (1,212 objects, 9,904 facts)"
    )


def test_clean_says_over_how_much() -> None:
    assert render("text", Report("diff", objects=3, facts=40), Exit.CLEAN) == (
        "diff: no findings (3 objects, 40 facts)"
    )


def test_long_values_are_not_said_twice(make: Callable[..., Finding]) -> None:
    a, b = "CHECK (status IN ('x', 'y'))", "CHECK (status IN ('x'))"
    odd = make(
        message=f"column public.tasks.title: expression is {a} in a, {b} in b; also this",
        sides={"a": a, "b": b},
    )
    lines = render("text", Report("diff", (odd,)), Exit.FINDINGS).split("\n")
    assert lines[1] == "  error TD203 column expression differs; also this"
    assert [line for line in lines if b in line] == [f"    b       {b}"]


def test_a_way_out_that_findings_share_is_said_once(make: Callable[..., Finding]) -> None:
    report = Report("diff", (make(), make(code="TD204"), make(code="TD205", hint="otherwise")))
    text = render("text", report, Exit.FINDINGS)
    assert text.count("change the model to what the spec says") == 1
    assert text.index("TD204") < text.index("change the model") < text.index("TD205")


def test_checks_are_marked_and_said_once() -> None:
    checks = [
        {"name": "server", "status": "ok", "text": "18.6", "hint": None},
        {"name": "role", "status": "error", "text": "refused", "hint": "grant it"},
    ]
    report = Report("doctor", unknown=(Unknown("doctor", "role", "refused"),), notes=("server: 18.6",))
    text = render("text", replace(report, extra={"checks": checks}), Exit.UNDETERMINED)
    assert text == "✓ server: 18.6\n✗ role: refused\n  → grant it\n\ndoctor: 1 not known"


def test_colours_change_nothing_but_colours(report: Report) -> None:
    colored = render("text", report, Exit.FINDINGS, Look(color=True))
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert stripped != colored
    lines = [line.rstrip() for line in stripped.split("\n")]
    assert lines == render("text", report, Exit.FINDINGS).split("\n")


def test_a_name_that_looks_like_markup_is_shown_as_it_is(make: Callable[..., Finding]) -> None:
    odd = Report("diff", (make(object="public.[red]x[/red]", message=":smile: [bold]m[/bold]"),))
    text = render("text", odd, Exit.FINDINGS, Look(color=True))
    assert "[red]x[/red]" in text
    assert ":smile: [bold]m[/bold]" in text


def test_rich_is_not_loaded_for_a_pipe() -> None:
    script = (
        "import sys; from todo_db.report import render; from todo_db.findings import Report\n"
        "render('text', Report('diff'), 0); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(report: Report, width: int, make: Callable[..., Finding]) -> None:
    long = make(
        object="public." + "x" * 63 + "." + "y" * 63,
        message="word " * 60,
        sides={
            "spec": "CHECK (status IN ('" + "','".join("abcdefgh" * 3) + "'))",
            "migrations@0123456789ab": "語" * 90,
        },
        hint="do this " * 30,
    )
    wide = replace(report, findings=(*report.findings, long), notes=("n " * 200,))
    lines = render("text", wide, Exit.FINDINGS, Look(width=width)).split("\n")
    headings = [line for line in lines if line.startswith("column ")]  # a name is never broken
    assert [line for line in lines if cells(line) > width and line not in headings] == []


def test_a_continued_value_starts_no_line_of_its_own(make: Callable[..., Finding]) -> None:
    """A wrapped value must not be taken for a workflow command by a CI runner."""
    odd = make(sides={"spec": "x\n::error::y", "models": "a" * 60 + " ::warning::" + "b" * 60})
    text = render("text", Report("diff", (odd,)), Exit.FINDINGS)
    assert not [line for line in text.split("\n") if line.strip().startswith("::")]


@given(st.text())
def test_visible_leaves_nothing_that_a_terminal_acts_upon(text: str) -> None:
    shown = visible(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", shown)


@given(st.text(), st.integers(8, 60))
def test_wrap_keeps_every_character_that_is_not_a_blank(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", "".join(wrap(text, None)))
