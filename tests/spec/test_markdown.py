"""Markdown becomes blocks whose lines are those of the file, whatever the file is like."""

from __future__ import annotations

import pytest

from todo_db.spec.markdown import Fence, ListBlock, Paragraph, TableBlock, label_of, parse, plain


def test_a_block_knows_its_line_and_its_headings() -> None:
    document = parse("# A\n\n## B\n\n**Columns:**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "x.md")
    table = next(b for b in document.blocks if isinstance(b, TableBlock))
    assert table.rows[0].line == 9
    assert table.rows[0].cells == ("1", "2")
    assert [h.text for h in table.context.headings] == ["A", "B", "Columns"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff# A\n\n- one\n",
        "# A\r\n\r\n- one\r\n",
        "---\ntitle: x\n---\n- one\n",
        "# A\n<!-- hidden\nstill -->\n\n- one\n",
    ],
)
def test_marks_of_the_file_do_not_shift_lines(text: str) -> None:
    document = parse(text, "x.md")
    block = next(b for b in document.blocks if isinstance(b, ListBlock))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    assert lines[block.items[0].line - 1].endswith("one")


def test_a_comment_states_nothing_outside_code_and_stays_inside() -> None:
    document = parse("a\n<!--\n- hidden\n-->\n\n```sql\n<!-- kept -->\n```\n- shown\n", "x.md")
    assert [b.items[0].text for b in document.blocks if isinstance(b, ListBlock)] == ["shown"]
    assert next(b for b in document.blocks if isinstance(b, Fence)).text == "<!-- kept -->\n"


def test_a_fence_that_nobody_closed_ends_before_the_next_heading() -> None:
    document = parse("## One\n\n```sql\nSELECT 1;\n\n## Two\n\n- item\n", "x.md")
    assert [h.text for h in document.headings] == ["One", "Two"]
    fence = next(b for b in document.blocks if isinstance(b, Fence))
    assert (fence.text.strip(), fence.line) == ("SELECT 1;", 4)


def test_items_keep_their_children_and_their_lines() -> None:
    document = parse("1. one\n   - two\n   - three\n2. four\n", "x.md")
    (block,) = [b for b in document.blocks if isinstance(b, ListBlock)]
    assert [(i.text, i.line) for i in block.items] == [("one", 1), ("four", 4)]
    assert [(i.text, i.line) for i in block.items[0].children] == [("two", 2), ("three", 3)]


def test_each_line_of_a_paragraph_is_one_of_its_own() -> None:
    document = parse("**Name**: x\n**Phase**: y\n", "x.md")
    assert [(p.text, p.line) for p in document.blocks if isinstance(p, Paragraph)] == [
        ("**Name**: x", 1),
        ("**Phase**: y", 2),
    ]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("**Indexes**:", "Indexes"),
        ("**Indexes** (optional)", "Indexes (optional)"),
        ("Fields:", "Fields"),
        ("**`user` table**:", "user table"),
        ("**Table Name**: `users`", None),
        ("A sentence. And another:", None),
        ("Plain text", None),
    ],
)
def test_a_label_announces_what_follows(line: str, label: str | None) -> None:
    assert label_of(line) == label


def test_plain_text_has_no_marks_but_keeps_names() -> None:
    assert plain("**a** `b__c` [d](e) __f__ user_id") == "a b__c d f user_id"
