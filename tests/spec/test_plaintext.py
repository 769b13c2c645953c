"""Paragraphs of plain lines are read as markdown-it's own rules read them, whatever stands around them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from todo_db.spec.htmltables import html_tables
from todo_db.spec.pipetables import pipe_tables
from todo_db.spec.plaintext import plain_paragraphs

WITHOUT = MarkdownIt("commonmark").use(pipe_tables).use(html_tables).disable(["inline", "text_join"])
WITH = (
    MarkdownIt("commonmark")
    .use(pipe_tables)
    .use(html_tables)
    .use(plain_paragraphs)
    .disable(["inline", "text_join"])
)
BEFORE = ["", "> ", "- ", "  ", "   ", "    ", "\t", "1. ", "> - ", "* "]
LINES = [
    *("text", "**bold** text", "Ω", "a | b", "|---|---|", "---", "===", "-", "- x", "2) x", "# h", "```"),
    *("\x00", "'x'", "(a)", "\\*x", ": said", "**", "**1", "=", "～", "\u00a0x"),
    *("> q", "<table>", "<div>", "[a]: b", "", " ", "\x0c", "x\x0c", "+", "***", "&amp;", "1"),
]


def blocks(reader: MarkdownIt, text: str) -> list[object]:
    """The tokens without the white space around their text, which nothing looks at."""
    return [
        (t.type, t.tag, t.nesting, t.level, t.map, t.content.strip(), t.markup, t.meta)
        for t in reader.parse(text)
    ]


@given(st.lists(st.tuples(st.sampled_from(BEFORE), st.sampled_from(LINES)).map("".join), max_size=12))
@settings(deadline=None, max_examples=300)
def test_the_same_blocks_are_found_with_and_without_the_rule(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert blocks(WITH, text) == blocks(WITHOUT, text)


def test_a_plain_paragraph_is_taken_by_the_rule() -> None:
    reader = MarkdownIt("commonmark").use(plain_paragraphs).disable(["paragraph", "lheading", "inline"])
    assert [t.content for t in reader.parse("Some text\nthat goes on\n") if t.type == "inline"] == [
        "Some text\nthat goes on"
    ]
