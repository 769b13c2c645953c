"""Markdown → blocks with line numbers, headings and labels; markdown-it-py reads the Markdown itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from todo_db.spec.drawntables import grids
from todo_db.spec.htmltables import DEFINITIONS, Entries, definitions, html_tables
from todo_db.spec.pipetables import TABLE, pipe_tables
from todo_db.spec.plaintext import plain_paragraphs
from todo_db.spec.tidying import tidied

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MAX_CODE = 1_000_000  # characters that are tried as Python
_DRAWINGS = frozenset(("", "text", "txt", "ascii", "plaintext", "plain", "diagram", "console"))
LABEL_LEVEL = 7  # below every heading: a line such as **Indexes:**


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, or a label (level 7); `text` is without Markdown's marks.

    A line `Table: x` that follows another table's columns has the level of their heading.
    """

    level: int
    text: str
    line: int
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """The headings above a block, outermost first; a label that governs it is the last."""

    headings: tuple[Heading, ...] = ()

    def innermost_first(self) -> Iterator[Heading]:
        return reversed(self.headings)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of running text."""

    text: str
    line: int
    context: Context


@dataclass(frozen=True, slots=True)
class Item:
    """A list item; `children` are the items of lists inside it."""

    text: str
    line: int
    children: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class ListBlock:
    items: tuple[Item, ...]
    line: int
    context: Context


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class TableBlock:
    header: Row
    rows: tuple[Row, ...]
    line: int
    context: Context


@dataclass(frozen=True, slots=True)
class Fence:
    """A code block; `line` is that of its first line of content."""

    language: str
    text: str
    line: int
    context: Context


Block: TypeAlias = Paragraph | ListBlock | TableBlock | Fence


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file as blocks, in order; `headings` holds every heading and label."""

    path: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]


_MARKED = re.compile(r"[\[*`~]|__")


@lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """Text without emphasis marks, code marks, links and images."""
    if not _MARKED.search(text):
        return text.strip()
    text = re.sub(r"!?\[([^\]\[]*)\]\([^()\s]*\)", r"\1", text)
    text = re.sub(r"\*\*|(?<!\w)__(?=\S)|(?<=\S)__(?!\w)|`|~~", "", text)
    return re.sub(r"(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])", "", text).strip()


def parse(text: str, path: str) -> Document:
    """Text of a Markdown file (any line ends, with or without a BOM) → its blocks."""
    text = tidied(text)
    if code := _bare_code(text, path):
        return code
    return _Builder(path).build(_reader().parse(text))


def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").use(pipe_tables).use(html_tables).use(plain_paragraphs)
    return reader.disable(["inline", "text_join"])


_CLASS = re.compile(r"^class \w+\(.*\):", re.MULTILINE)


def _bare_code(text: str, path: str) -> Document | None:
    """The document of a file that is Python from its first line to its last, whatever it is called."""
    if not _CLASS.search(text) or len(text) > _MAX_CODE:
        return None
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Document(path, (Fence("python", text, 1, Context()),), ())


_SQL = re.compile(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\w.\"`]+\s*\(|"
    r"create\s+(?:unique\s+)?index\s[\w\s.\"`]*\bon\s[\w.\"` ]+\(",
    re.IGNORECASE,
)
_NEXT_TABLE = re.compile(
    r"(?i)\W*(?:table(?:\s+name)?|tabla|tabela|tabelle|tabella|テーブル名?|表名?|数据表)\W*[:：]\W*[`\"]?[^\W\d][\w.]*[`\"]?\W*\Z"
)
_LABEL = re.compile(r"(?P<text>\S.{0,90}?)\s*[:：]\s*\Z")
_BOLD_LABEL = re.compile(r"\*\*(?P<text>[^*]{1,90}?)\*\*\s*(?P<aside>\([^()]*\))?\s*[:：]?\s*\Z")


def label_of(text: str) -> str | None:
    """What a line such as `**Indexes** (optional):` announces; None for running text."""
    if found := _BOLD_LABEL.match(text):
        return plain(f"{found['text']} {found['aside'] or ''}").rstrip(":").strip()
    if (found := _LABEL.match(text)) and not re.search(r"[.!?]\s", found["text"]):
        return plain(found["text"])
    return None


@dataclass(slots=True)
class _Builder:
    path: str
    blocks: list[Block] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    stack: list[Heading] = field(default_factory=list)
    label: Heading | None = None
    parting: set[int] = field(default_factory=set)  # lines that part a section like a heading
    ahead: tuple[list[Token], int] = field(default_factory=lambda: ([], 0))
    filled: bool = False  # whether something stands below the last heading
    here: Context = Context()
    defined: list[Item] = field(default_factory=list)  # entries of a definition list that may go on

    def build(self, tokens: list[Token]) -> Document:
        position = 0
        while position < len(tokens):
            end = _closing(tokens, position)
            self.ahead = (tokens, end + 1)
            self.block(tokens[position : end + 1])
            position = end + 1
        self.end_definitions()
        return Document(self.path, tuple(self.blocks), tuple(self.headings))

    @property
    def context(self) -> Context:
        """The headings above; one object for all blocks below them."""
        headings = (*self.stack, self.label) if self.label else tuple(self.stack)
        if headings != self.here.headings:
            self.here = Context(headings)
        return self.here

    def block(self, tokens: list[Token]) -> None:
        """One top-level block: its opening token, what is in it, its closing token."""
        kind = tokens[0].type
        if kind not in ("paragraph_open", DEFINITIONS):
            self.end_definitions()
        if kind == "heading_open":
            self.heading(int(tokens[0].tag[1]), tokens[1])
        elif kind == "paragraph_open":
            self.paragraph(tokens[1])
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self.list_block(tokens)
        elif kind == TABLE:
            self.table(tokens[0])
        elif kind == DEFINITIONS:
            self.definitions(tokens[0].meta["entries"])
        elif kind in ("fence", "code_block"):
            self.fence(tokens[0])
        elif kind == "blockquote_open":
            self.build(tokens[1:-1])
        elif kind == "hr":
            self.label = None

    def heading(self, level: int, inline: Token) -> None:
        heading = Heading(level, plain(inline.content), _line(inline), inline.content)
        self.below(heading)

    def goes_on(self) -> bool:
        """Whether a list, a table or code follows in this section."""
        tokens, position = self.ahead
        types = (tokens[i].type for i in range(position, len(tokens)))
        kinds = (kind for kind in types if not kind.startswith(("paragraph", "inline")))
        return next(kinds, "heading_open") in {TABLE, "fence", "bullet_list_open", "ordered_list_open"}

    def next_table(self, text: str, line: int, raw: str) -> None:
        """A line that names another table parts what stands below the heading."""
        if self.stack and self.stack[-1].line in self.parting:
            self.stack.pop()
        level = self.stack[-1].level if self.stack else 1
        self.parting.add(line)
        self.below(Heading(level, text, line, raw), kept=self.stack)

    def below(self, heading: Heading, kept: list[Heading] | None = None) -> None:
        """What follows stands below this heading and those that are kept (the higher ones)."""
        higher = [h for h in self.stack if h.level < heading.level] if kept is None else kept
        self.stack = [*higher, heading]
        self.label = None
        self.filled = False
        self.headings.append(heading)

    def paragraph(self, inline: Token) -> None:
        if _SQL.match(inline.content):
            self.end_definitions()
            self.blocks.append(Fence("sql", inline.content, _line(inline), self.context))
            return
        if entries := definitions(inline.content, _line(inline) - 1):
            self.definitions(entries)
            return
        self.end_definitions()
        lines = inline.content.split("\n")
        if drawn := self.drawn(lines, _line(inline)):
            lines = drawn
        for offset, text in enumerate(lines):
            if drawn and not text:
                continue
            line = _line(inline) + offset
            if self.filled and _NEXT_TABLE.match(text) and self.goes_on():
                self.next_table(plain(text), line, text.strip())
            if label := label_of(text.strip()):
                self.label = Heading(LABEL_LEVEL, label, line, text.strip())
                self.headings.append(self.label)
            else:
                self.label = None
            self.blocks.append(Paragraph(text.strip(), line, self.context))

    def list_block(self, tokens: list[Token]) -> None:
        items, others = _items(tokens)
        self.blocks.append(ListBlock(items, _line(tokens[0]), self.context))
        for token in others:
            self.block([token])
        self.filled = True

    def definitions(self, entries: Entries) -> None:
        """Terms and what is said of them are a list; one per paragraph, they are still one list."""
        self.defined += [Item(f"{term}: {said}", line + 1) for term, said, line in entries]

    def end_definitions(self) -> None:
        """What follows is no definition."""
        if self.defined:
            items, self.defined = tuple(self.defined), []
            self.blocks.append(ListBlock(items, items[0].line, self.context))
            self.filled = True

    def table(self, token: Token) -> None:
        header, *rows = (Row(cells, line + 1) for cells, line in token.meta["rows"])
        self.blocks.append(TableBlock(header, tuple(rows), header.line, self.context))
        self.filled = True

    def drawn(self, lines: list[str], first: int) -> list[str]:
        """The tables that are drawn in these lines become tables; the lines without them, none where there
        are none. first: the number of the first line."""
        found = grids(lines)
        if not found:
            return []
        rest = list(lines)
        for grid in found:
            context = self.context
            if grid.title:
                title = Heading(LABEL_LEVEL, plain(grid.title), first + grid.title_at, grid.title)
                context = Context((*context.headings, title))
            header, *rows = (Row(cells, first + number) for cells, number in grid.rows)
            self.blocks.append(TableBlock(header, tuple(rows), header.line, context))
            rest[grid.first : grid.last + 1] = [""] * (grid.last + 1 - grid.first)
        return rest

    def fence(self, token: Token) -> None:
        language = token.info.strip().split(" ")[0].strip("{}.").lower()
        first = _line(token) + (token.type == "fence")
        content = token.content
        if language in _DRAWINGS and (lines := self.drawn(content.split("\n"), first)):
            content = "\n".join(lines)
        self.blocks.append(Fence(language, content, first, self.context))
        self.filled = True


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _closing(tokens: list[Token], start: int) -> int:
    """Where the block that opens at `start` ends."""
    depth = 0
    for position in range(start, len(tokens)):
        depth += tokens[position].nesting
        if depth <= 0:
            return position
    return len(tokens) - 1


def _items(tokens: list[Token]) -> tuple[tuple[Item, ...], list[Token]]:
    """The items of a list, nested as written, and the fences and tables inside them."""
    open_items: list[list[Item]] = [[]]
    pending: list[tuple[list[str], int]] = []
    others: list[Token] = []
    for token in tokens:
        if token.type == "list_item_open":
            pending.append(([], _line(token)))
            open_items.append([])
        elif token.type == "list_item_close":
            texts, line = pending.pop()
            children = tuple(open_items.pop())
            open_items[-1].append(Item(" ".join(texts), line, children))
        elif token.type == "inline" and pending:
            pending[-1][0].append(" ".join(line.strip() for line in token.content.split("\n")).strip())
        elif token.type in ("fence", "code_block", TABLE, DEFINITIONS):
            others.append(token)
    return tuple(open_items[0]), others


@dataclass(frozen=True, slots=True)
class Span:
    """A top-level part of a file: its kind as markdown-it calls it; its first and last line, from 1."""

    kind: str
    first: int
    last: int


def spans(text: str) -> list[Span]:
    """The top-level parts of a Markdown file, in order; blank lines and comments belong to none."""
    tidy = tidied(text)
    lines = tidy.split("\n")
    found = []
    for token in _reader().parse(tidy):
        if token.level == 0 and token.nesting >= 0 and token.map:
            first, last = token.map[0] + 1, token.map[1]
            while last > first and not lines[last - 1].strip():
                last -= 1
            kind = "table" if token.type == TABLE else token.type.removesuffix("_open")
            found.append(Span(kind, first, last))
    return found
