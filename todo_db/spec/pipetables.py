"""A rule for markdown-it that reads a table of pipes into one token, in one pass over its text.

Its own rule makes eleven tokens of a cell, which was most of the time that a large document took. This one
forgives what people get wrong: a delimiter row of another width, and a bare pipe between code marks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

TABLE = "pipe_table"
_DELIMITERS = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
_BAR = re.compile(r"(?<!\\)\|")
_CODED_BAR = re.compile(r"(`[^`|]*)((?:\|[^`|]*)+)`")


def pipe_tables(reader: MarkdownIt) -> None:
    """The plugin: tables become tokens of the type `TABLE`, with their rows in `meta`."""
    reader.block.ruler.before("paragraph", TABLE, _rule, {"alt": ["paragraph", "reference"]})


def cells_of(line: str, width: int = 0) -> tuple[str, ...]:
    """The cells of a row. `width`: of the header; where a row has more cells, bars in code are none."""
    cells = _split(line)
    if width and len(cells) > width and "`" in line:
        cells = _split(_CODED_BAR.sub(lambda f: f"{f[1]}{f[2].replace('|', chr(92) + '|')}`", line))
    return cells


def _split(line: str) -> tuple[str, ...]:
    text = line.strip()
    text = text[1:] if text.startswith("|") else text
    text = text[:-1] if text.endswith("|") and not text.endswith("\\|") else text
    return tuple(cell.strip().replace("\\|", "|") for cell in _BAR.split(text))


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if start + 2 > end or state.sCount[start + 1] < state.blkIndent or state.is_code_block(start):
        return False
    delimiters = _line(state, start + 1)
    if "-" not in delimiters or delimiters.startswith(("- ", "-\t")) or not _DELIMITERS.match(delimiters):
        return False
    header = _line(state, start)
    if "|" not in header:
        return False
    columns, width = cells_of(header), len(_split(delimiters))
    if len(columns) != width and (min(len(columns), width) < 2 or state.is_code_block(start + 1)):
        return False
    if silent:
        return True
    rows = [(columns, start)]
    following = start + 2
    while following < end and not _ends(state, following, end):
        cells = cells_of(_line(state, following), len(columns))
        rows.append((cells[: len(columns)], following))
        following += 1
    token = state.push(TABLE, "", 0)
    token.map = [start, following]
    token.meta = {"rows": rows}
    state.line = following
    return True


def _ends(state: StateBlock, number: int, end: int) -> bool:
    """Whether a line is no row: empty, less indented, code, or the beginning of another block."""
    if state.sCount[number] < state.blkIndent or state.isEmpty(number) or state.is_code_block(number):
        return True
    if state.src[state.bMarks[number] + state.tShift[number]] == "|":
        return False
    rules = state.md.block.ruler.getRules("blockquote")
    return any(rule(state, number, end, True) for rule in rules)
