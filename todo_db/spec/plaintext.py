"""A rule for markdown-it that takes a paragraph of plain lines without asking every other rule about each.

Most lines of a paragraph begin with what no other block begins with: markdown-it's own rules are asked only
where a line begins otherwise, or where the next one may make a table or a heading of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

_MARKS = frozenset("`~>*-+_#<[=|:0123456789")  # what a block that is no paragraph may begin with
_MOST_INDENTED = 3  # columns; more is code, or goes on with the line before


def plain_paragraphs(reader: MarkdownIt) -> None:
    """The plugin: the same tokens as without it, sooner."""
    reader.block.ruler.before("code", "plain_paragraph", _rule)


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or not _is_plain(state, start):
        return False
    following = start + 1
    bars = "|" in _line(state, start)
    while following < end and not state.isEmpty(following):
        if bars or (bars := "|" in _line(state, following)):
            return False  # may be a table
        if not _is_plain(state, following):
            if not _ends(state, following, end):
                return False
            break
        following += 1
    if following == end < state.lineMax:
        return False  # what contains it ends here, the paragraph need not
    text = state.getLines(start, following, state.blkIndent, False).strip()
    state.line = following
    state.push("paragraph_open", "p", 1).map = [start, following]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text, [start, following], []
    state.push("paragraph_close", "p", -1)
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] : state.eMarks[line]]


def _is_plain(state: StateBlock, line: int) -> bool:
    """Whether a line can be nothing but text of a paragraph, whatever stands around it."""
    if not 0 <= state.sCount[line] - state.blkIndent <= _MOST_INDENTED:
        return False
    begin = state.bMarks[line] + state.tShift[line]
    if state.src[begin] not in _MARKS:
        return True
    return state.src.startswith("**", begin) and state.src[begin + 2 : begin + 3].isalpha()


def _ends(state: StateBlock, line: int, end: int) -> bool:
    """Whether another block begins at a line; False also where markdown-it has to decide."""
    if state.sCount[line] < 0 or state.sCount[line] - state.blkIndent > _MOST_INDENTED:
        return False
    if state.sCount[line] >= state.blkIndent and _line(state, line).lstrip()[:1] in "-=":
        return False  # an underline, perhaps
    before, state.parentType = state.parentType, "paragraph"
    found = any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph"))
    state.parentType = before
    return found
