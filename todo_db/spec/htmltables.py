"""Tables and definition lists in HTML inside Markdown, and definition lists of Markdown's own kind.

A rule for markdown-it takes the lines from `<table>` to `</table>` (`<dl>` to `</dl>`) as one block, empty
lines among them too, where CommonMark would end the block at the first empty line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, TypeAlias

from todo_db.spec.pipetables import TABLE

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

DEFINITIONS = "definitions"
"""The token of a definition list; `meta` holds its entries: (term, what is said of it, line from 0)."""

Rows: TypeAlias = list[tuple[tuple[str, ...], int]]
Entries: TypeAlias = list[tuple[str, str, int]]

_OPENING = re.compile(r"<(?P<tag>table|dl)\b", re.IGNORECASE)
_WRAPPED = re.compile(r"(?:<(?:div|center|section|figure|details|article)\b[^<>]*>\s*)+\Z", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_MARKS = {"code": "`", "tt": "`", "kbd": "`"}
_CELLS = {"td", "th"}
_MOST_SPANNED = 100  # columns that one cell may cover; more is a slip, or an attack


def html_tables(reader: MarkdownIt) -> None:
    """The plugin: HTML tables become tokens as tables of pipes do, definition lists those of their own."""
    reader.block.ruler.before("html_block", "html_table", _rule, {"alt": ["paragraph", "reference"]})


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not first.startswith("<"):
        return False
    if _WRAPPED.match(first) and _goes_on(state, start + 1, end):
        state.line += not silent  # the wrapper's own line; what it wraps comes next
        return True
    opening = _OPENING.search(first)
    if opening is None or not (opening.start() == 0 or _WRAPPED.match(first[: opening.start()])):
        return False
    if silent:
        return True
    closed, following = f"</{opening['tag'].lower()}", start
    while following < end:
        line = state.src[state.bMarks[following] : state.eMarks[following]].lower()
        following += 1
        if closed in line:
            break
    text = state.src[state.bMarks[start] : state.eMarks[following - 1]]
    reading = _Reading(start)
    reading.feed(text)
    reading.close()
    for rows in reading.tables:
        token = state.push(TABLE, "", 0)
        token.map, token.meta = [start, following], {"rows": rows}
    if reading.entries:
        token = state.push(DEFINITIONS, "", 0)
        token.map, token.meta = [start, following], {"entries": reading.entries}
    state.line = following
    return True


def _goes_on(state: StateBlock, line: int, end: int) -> bool:
    """Whether the line begins a table or a list, or another wrapper."""
    if line >= end:
        return False
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    return bool(_OPENING.match(text) or _WRAPPED.match(text))


@dataclass(slots=True)
class _Cell:
    tag: str
    line: int
    spans: int = 1
    text: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        return _SPACE.sub(" ", "".join(self.text)).strip()


class _Reading(HTMLParser):
    """The rows of tables and the entries of definition lists in a piece of HTML that begins at a line."""

    def __init__(self, line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.first = line
        self.tables: list[Rows] = []
        self.entries: Entries = []
        self._row: list[_Cell] = []
        self._cell: _Cell | None = None
        self._terms: list[_Cell] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _CELLS or tag in ("dt", "dd"):
            self._close_cell()
            given = dict(attrs).get("colspan") or "1"
            spans = min(int(given), _MOST_SPANNED) if given.isdecimal() else 1
            self._cell = _Cell(tag, self.first + self.getpos()[0] - 1, max(spans, 1))
        elif tag == "tr":
            self._close_row()
        elif tag == "table":
            self._close_row()
            self.tables.append([])
        elif self._cell is not None:
            self._cell.text.append(" " if tag == "br" else _MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _CELLS or tag in ("dt", "dd"):
            self._close_cell()
        elif tag in ("tr", "table", "dl"):
            self._close_row()
        elif self._cell is not None:
            self._cell.text.append(_MARKS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.text.append(data)

    def close(self) -> None:
        super().close()
        self._close_row()
        self.tables = [rows for rows in self.tables if rows]

    def _close_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        if cell.tag in _CELLS:
            self._row.append(cell)
        elif cell.tag == "dt":
            self._terms = self._terms if self._unsaid else []
            self._terms.append(cell)
            self._unsaid = True
        else:
            self._unsaid = False
            self.entries += [(term.said, cell.said, term.line) for term in self._terms]

    _unsaid = True

    def _close_row(self) -> None:
        self._close_cell()
        row, self._row = self._row, []
        if row and self.tables:
            cells = tuple(text for cell in row for text in (cell.said, *[""] * (cell.spans - 1)))
            self.tables[-1].append((cells, row[0].line))


_TERM = re.compile(r"[^\s:|>#<-][^:\n]{0,80}\Z")
_DEFINITION = re.compile(r":[ \t]+(?P<said>\S.*)\Z")


def definitions(text: str, line: int) -> Entries:
    """The entries of a paragraph that is a definition list (`term`, then lines of `: definition`); none
    where a line is neither. `line`: of the first, from 0."""
    if "\n:" not in text:
        return []
    found: Entries = []
    terms: list[tuple[str, int]] = []
    defined = False
    for number, raw in enumerate(text.split("\n"), line):
        said = raw.strip()
        if (definition := _DEFINITION.match(said)) and terms:
            for term, at in terms:
                _define(found, term, definition["said"], at)
            defined = True
        elif _TERM.match(said):
            terms = [] if defined else terms
            terms.append((said, number))
            defined = False
        else:
            return []
    return found if defined else []


def _define(found: Entries, term: str, said: str, at: int) -> None:
    """A second definition of a term goes on with what the first says."""
    if found and found[-1][0] == term and found[-1][2] == at:
        found[-1] = (term, f"{found[-1][1]}, {said}", at)
    else:
        found.append((term, said, at))
