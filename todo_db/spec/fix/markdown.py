"""A messy schema.md → the tidy one: each table in the house format, where it is described, and all else kept.

Nothing is believed: the new text is read, and has to state what the old one states. A part of the document
goes only where what it says stands in the tidy tables (its words tell), and only if the document without it
still states the same; so both sides of a contradiction stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from todo_db.findings import Finding
from todo_db.spec import names, write_markdown
from todo_db.spec.answering import ANSWERABLE
from todo_db.spec.document import CheckSpec, ColumnSpec, ForeignKeySpec, IndexSpec, TableSpec, UniqueSpec
from todo_db.spec.fix.proof import differences, words
from todo_db.spec.fix.remainder import remainder
from todo_db.spec.markdown import Heading, Span, label_of, spans
from todo_db.spec.read import read_markdown
from todo_db.spec.sections import is_recipe
from todo_db.spec.source import Source
from todo_db.spec.sqltext import statements_of

_REMOVABLE = ("table", "bullet_list", "ordered_list", "fence")
_CODE = re.compile(r"\s*[`~]{3,}\s*\{?\.?(?P<language>[\w+-]*)")
_LANGUAGES = (
    "",
    "sql",
    "postgresql",
    "postgres",
    "pgsql",
    "plpgsql",
    "ddl",
    "text",
    "txt",
    "plaintext",
    "yaml",
    "yml",
)
_DDL = re.compile(r"(?i)create\s+table|create\s+(?:unique\s+)?index|alter\s+table\s+(?:only\s+)?\S+\s+add\b")


@dataclass(frozen=True, slots=True)
class Fixed:
    """The new text. tidied: tables now in the house format; kept: parts that say more than they do.

    refused: why tables were left as they are.
    """

    text: str
    tidied: tuple[str, ...] = ()
    kept: tuple[Span, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def fix_markdown(text: str, path: str, questions: Iterable[Finding] = ()) -> Fixed:
    """The tidy form of one file. questions: those that are to stand at their tables."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    asked = tuple(questions)
    found = _Fixer(plain, path, asked).run()
    for _ in range(3):  # what was taken out may make room for more
        again = _Fixer(found.text, path, asked).run()
        if again.text == found.text or differences(
            read_markdown(plain, path), read_markdown(again.text, path)
        ):
            break
        found = replace(found, text=again.text, kept=again.kept)
    new = found.text.replace("\n", "\r\n") if "\r\n" in text else found.text
    return replace(found, text="\ufeff" + new if text.startswith("\ufeff") else new)


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is done to a document. homes: tables to be written, by name, and how."""

    homes: Mapping[str, _Home]
    removed: frozenset[Span]
    trimmed: frozenset[Span] = frozenset()


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a table is written: before `line`, below a heading of its own (`level`) or of the document's."""

    line: int
    level: int | None = None
    label: bool = False
    marker: str = "-"  # another one than that of the list below, or both were one list


@dataclass(frozen=True, slots=True)
class _Trimmed:
    """A fence without some of its statements, and those statements."""

    kept: str
    taken: str


class _Fixer:
    """One document and its specification."""

    def __init__(self, text: str, path: str, questions: tuple[Finding, ...]) -> None:
        self.text = text
        self.path = path
        self.lines = text.split("\n")
        self.spec = read_markdown(text, path)
        self.questions = questions
        self.remarks: dict[tuple[str, str], list[str]] = {}
        self._tidy: dict[str, range | None] = {}

    def run(self) -> Fixed:
        if not self.spec.tables:
            return Fixed(self.text, refused={self.path: "it states no table"})
        wanted = [t for t in self.spec.tables if not self._is_tidy(t)]
        refused: dict[str, str] = {}
        edit = self._started(wanted, refused)
        edit, kept = self._cleared(edit)
        text = self._compose(edit)
        if lost := differences(self.spec, read_markdown(text, self.path)):
            return Fixed(self.text, refused={self.path: lost[0]})
        return Fixed(text, tuple(edit.homes), kept, refused)

    # ---- the tables ----

    def _is_tidy(self, table: TableSpec) -> bool:
        return self._tidy_lines(table) is not None

    def _tidy_lines(self, table: TableSpec) -> range | None:
        """The lines in which the table stands in the house format already; remarks are overlooked."""
        if table.name not in self._tidy:
            body = "\n".join(self._body(table, "-")).strip("\n")
            at = next((i for m in (body, re.sub(r"(?m)^- ", "* ", body)) if (i := self._find(m)) >= 0), -1)
            first = self._bare.count("\n", 0, at) + 1
            self._tidy[table.name] = range(first, first + body.count("\n") + 1) if at >= 0 else None
        return self._tidy[table.name]

    def _find(self, body: str) -> int:
        """Where a body stands as whole lines; -1: nowhere."""
        found = f"\n{self._bare}\n".find(f"\n{body}\n")
        return found if found >= 0 else -1

    @cached_property
    def _bare(self) -> str:
        """The text without the remarks behind indexes and constraints, and with labels for their headings."""
        text = re.sub(r"(?m)^#{4,6} ((?:Indexes|Constraints)(?:, among others)?)$", r"**\1:**", self.text)
        return re.sub(r"(?m)^([-*] (`+)[A-Z](?:(?!\2).)*\2): .*$", r"\1", text)

    def _body(self, table: TableSpec, marker: str) -> list[str]:
        columns = tuple(self._remarked(table, c) for c in table.columns)
        remarks = {n: "; ".join(dict.fromkeys(r)) for (t, n), r in self.remarks.items() if t == table.name}
        told = replace(table, columns=columns)
        return write_markdown.table_body(told, self._asked(table), marker, remarks)

    def _remarked(self, table: TableSpec, column: ColumnSpec) -> ColumnSpec:
        """The column with what the document says of it beside facts, in its description."""
        more = [
            r
            for r in self.remarks.get((table.name, column.name), ())
            if not words(r) <= words(column.description)
        ]
        parts = [column.description.rstrip(" .;"), *more] if column.description else more
        return replace(column, description="; ".join(parts)) if more else column

    def _asked(self, table: TableSpec) -> list[Finding]:
        mine = []
        for finding in self.questions:
            name = _bare(finding.object)
            within = name == table.name or name.startswith(f"{table.name}.")
            if finding.question and finding.code in ANSWERABLE and within and finding not in mine:
                mine.append(finding)
        return mine

    def _started(self, wanted: Sequence[TableSpec], refused: dict[str, str]) -> _Edit:
        """The tables that can be written beside all that is there without changing what is stated."""
        edit = _Edit(self._homes(wanted), self._asked_before(t.name for t in wanted))
        if not self._lost(edit):
            return edit
        homes: dict[str, _Home] = {}
        for table in wanted:
            for home in self._places(table):
                gone = self._asked_before([*homes, table.name])
                lost = self._lost(_Edit({**homes, table.name: home}, gone))
                if not lost:
                    homes[table.name] = home
                    refused.pop(table.name, None)
                    break
                refused.setdefault(table.name, lost[0])
        return _Edit(homes, self._asked_before(homes))

    def _lost(self, edit: _Edit) -> list[str]:
        return differences(self.spec, read_markdown(self._compose(edit), self.path))

    def _homes(self, wanted: Sequence[TableSpec]) -> dict[str, _Home]:
        return {t.name: self._places(t)[0] for t in wanted}

    def _places(self, table: TableSpec) -> list[_Home]:
        """Where and how a table can be written, best first."""
        return [replace(h, marker=m) for h in self._lines_for(table) for m in "-*"]

    def _lines_for(self, table: TableSpec) -> list[_Home]:
        at = self._span_of(table)
        heading = self._heading_above(at.first)
        section_end = self._section_end(at.last)
        level = min((heading.level if heading else 2) + 1, 6)
        apart = _Home(section_end, level)
        alone = heading is not None and heading.level > 1
        alone = alone and all(
            t is table or self._heading_above(self._span_of(t).first) != heading for t in self.spec.tables
        )
        if not alone or heading is None:
            return [apart]
        asked = any(f.code == "TD135" and _bare(f.object) == table.name for f in self.spec.findings)
        named = heading.text.strip("`") == table.name or heading.line in self._source.namer.stated
        here, labelled = _Home(at.last + 1), _Home(at.last + 1, label=True)
        return [here, labelled, apart] if asked or named else [labelled, here, apart]

    @cached_property
    def _source(self) -> Source:
        from todo_db.spec.markdown import parse

        return Source(parse(self.text, self.path))

    @cached_property
    def _spans(self) -> list[Span]:
        return spans(self.text)

    def _span_of(self, table: TableSpec) -> Span:
        """The part of the document in which the table's first column stands."""
        place = (table.columns[0].place if table.columns else None) or table.place
        line = place.line if place else 1
        inside = [s for s in self._spans if s.first <= line <= s.last]
        return inside[0] if inside else Span("paragraph", line, line)

    def _heading_above(self, line: int) -> Heading | None:
        above = [h for h in self._source.document.headings if h.level < 7 and h.line <= line]
        return above[-1] if above else None

    def _section_end(self, line: int) -> int:
        below = [h.line for h in self._source.document.headings if h.level < 7 and h.line > line]
        return min(below, default=len(self.lines) + 1)

    # ---- what can go ----

    def _asked_before(self, tables: Iterable[str]) -> frozenset[Span]:
        """The questions of an earlier run about these tables: answers are facts, the rest is asked again."""
        named = tuple(tables)
        gone: set[Span] = set()
        for label, below in zip(self._spans, self._spans[1:], strict=False):
            is_label = label.kind == "paragraph" and label_of(self._text(label)) == "Open questions"
            if is_label and below.kind == "bullet_list":
                about = re.findall(r"(?m)^[-*] `TD\d{3}` `+([^`]+)`+:", self._text(below))
                if about and all(a in named or a.startswith(tuple(f"{n}." for n in named)) for a in about):
                    gone |= {label, below}
        return frozenset(gone)

    def _cleared(self, edit: _Edit) -> tuple[_Edit, tuple[Span, ...]]:
        """The edit with every part taken out that can go, and those that say more."""
        candidates = [s for s in self._spans if self._may_go(s, edit) and s not in edit.removed]
        said = [s for s in candidates if not self._remainder(self._text(s), edit)]
        at_once = replace(edit, removed=edit.removed | {*said})
        if said and not self._lost(at_once):
            edit = at_once
        kept = []
        for span in candidates:
            if span in edit.removed:
                continue
            tried = self._tried(span, edit)
            if tried is None:
                kept.append(span)
            else:
                edit = tried
        return self._plain_markers(self._without_empty_sections(self._without_labels(edit))), tuple(kept)

    def _plain_markers(self, edit: _Edit) -> _Edit:
        """With `-` before every item, now that the lists below are gone."""
        for name, home in edit.homes.items():
            if home.marker != "-":
                tried = replace(edit, homes={**edit.homes, name: replace(home, marker="-")})
                edit = edit if self._lost(tried) else tried
        return edit

    def _without_empty_sections(self, edit: _Edit) -> _Edit:
        """Without the headings below which everything was taken out."""
        written = {h.line for h in edit.homes.values()}
        for number, heading in enumerate(self._spans):
            if heading.kind != "heading":
                continue
            below = self._below(number)
            if not any(s in edit.removed for s in below):
                continue
            gone = all(s in edit.removed or s.kind == "hr" for s in below)
            last = below[-1].last + 1
            if gone and not any(heading.first < line <= last for line in written):
                text = re.sub(r"\A#+\s*|\s*#+\s*\Z", "", self._text(heading))
                if names.is_generic(text) or not self._remainder(text, edit):
                    tried = replace(edit, removed=edit.removed | {heading})
                    edit = edit if self._lost(tried) else tried
        return edit

    def _below(self, number: int) -> list[Span]:
        """What stands below a heading, up to the next one."""
        below = []
        for span in self._spans[number + 1 :]:
            if span.kind == "heading":
                break
            below.append(span)
        return below

    def _may_go(self, span: Span, edit: _Edit) -> bool:
        if span.kind not in _REMOVABLE or not self._counts(span) or self._in_tidy(span):
            return False
        if span.kind != "fence":
            return self._states(span)
        found = _CODE.match(self.lines[span.first - 1])
        return found is not None and found["language"].lower() in _LANGUAGES and self._states(span)

    def _in_tidy(self, span: Span) -> bool:
        ranges = (self._tidy_lines(t) for t in self.spec.tables)
        return any(r is not None and span.first in r for r in ranges)

    def _counts(self, span: Span) -> bool:
        """Whether it is in a part of the document that states something."""
        counted = (b for b in self._source.counted if not is_recipe(b.context))
        return any(span.first <= b.line <= span.last for b in counted)

    def _states(self, span: Span) -> bool:
        """Whether it speaks of a column of a table, or of an index or a constraint by its columns."""
        said = words(self._text(span))
        names = {w for t in self.spec.tables for c in t.columns for w in [c.name.casefold()]}
        return any(words(n) <= said for n in names)

    def _tried(self, span: Span, edit: _Edit) -> _Edit | None:
        before = {k: list(v) for k, v in self.remarks.items()}
        for remarked in (False, True):
            if remarked and not self._keep_remarks(span, edit):
                break
            gone = replace(edit, removed=edit.removed | {span})
            if not self._remainder(self._text(span), gone) and not self._lost(gone):
                return gone
        self.remarks = before
        if span.kind == "fence" and (rest := self._without_ddl(span)) is not None:
            cut = replace(edit, trimmed=edit.trimmed | {span})
            if not self._remainder(rest.taken, cut) and not self._lost(cut):
                return cut
        return None

    def _remainder(self, text: str, edit: _Edit) -> set[str]:
        """What is said in a text and nowhere in the tidy tables."""
        tables = [t for t in self.spec.tables if t.name in edit.homes or self._is_tidy(t)]
        said = words("\n".join(line for t in tables for line in [t.name, *self._body(t, "-")]))
        return remainder(text, said)

    def _keep_remarks(self, span: Span, edit: _Edit) -> bool:
        """Put what a row or an item says beside facts into the description of its column."""
        found = False
        for name, column, text in self._rows(span):
            if self._remainder(text, edit):
                self.remarks.setdefault((name, column), []).append(text)
                found = True
        return found

    def _rows(self, span: Span) -> Iterable[tuple[str, str, str]]:
        """Table, column (or member) and what is said of it, of each line that stands for one."""
        by_line = {
            c.place.line: (t.name, c.name) for t in self.spec.tables for c in t.columns if c.place is not None
        }
        for number in range(span.first, span.last + 1):
            line = self.lines[number - 1]
            if number not in by_line:
                yield from self._members_in(line, number)
                continue
            name, column = by_line[number]
            if span.kind == "table":
                for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))[1:]:
                    yield name, column, cell.strip().replace("\\|", "|")
            elif span.kind != "fence":
                rest = re.sub(
                    rf"\A\s*(?:[-*+]|\d+[.)])\s+[`*\"]*{re.escape(column)}[`*\"]*\s*[:：–—-]?\s*", "", line
                )
                yield name, column, rest.strip()

    def _members_in(self, line: str, number: int) -> Iterable[tuple[str, str, str]]:
        """The index or constraint that an item is about: it stands there, or is called so."""
        item = re.match(r"\s*(?:[-*+]|\d+[.)])\s+(?P<text>.*)", line)
        for table in self.spec.tables if item else ():
            members: list[IndexSpec | UniqueSpec | CheckSpec | ForeignKeySpec] = [
                *table.indexes, *table.uniques, *table.checks, *table.foreign_keys
            ]  # fmt: skip
            for member in members:
                called = member.name and re.search(rf"(?<!\w){re.escape(str(member.name))}(?!\w)", line)
                if called or (member.place is not None and member.place.line == number):
                    text = re.sub(r"\A(`+)[A-Z].*?\1:?\s*", "", item["text"] if item else "")
                    yield table.name, write_markdown.label(member), re.sub(r"[`*]", "", text).strip()
                    return

    def _without_ddl(self, span: Span) -> _Trimmed | None:
        """An SQL fence without its tables and indexes; None where it has nothing else, or none of them."""
        inner = "\n".join(self.lines[span.first : span.last - 1])
        statements = statements_of(inner)
        tables = [s for s in statements if _DDL.match(s.text)]
        if not tables or len(tables) == len(statements):
            return None
        rest, taken = inner, []
        for statement in reversed(tables):
            start, end = statement.tokens[0].start, statement.tokens[-1].end
            taken.append(inner[start:end])
            rest = rest[:start] + re.sub(r"\A\s*;?[ \t]*\n?", "", rest[end:])
        return _Trimmed(rest.strip("\n"), "\n".join(taken))

    def _without_labels(self, edit: _Edit) -> _Edit:
        """Without the labels below which nothing is left (`**Indexes:**`)."""
        for label, below in zip(self._spans, self._spans[1:], strict=False):
            if label.kind != "paragraph" or label.first != label.last or below not in edit.removed:
                continue
            if label_of(self._text(label)) and not self._remainder(self._text(label), edit):
                tried = replace(edit, removed=edit.removed | {label})
                if not self._lost(tried):
                    edit = tried
        return edit

    def _text(self, span: Span) -> str:
        return "\n".join(self.lines[span.first - 1 : span.last])

    # ---- the new text ----

    def _compose(self, edit: _Edit) -> str:
        before: dict[int, list[str]] = {}
        for table in self.spec.tables:
            if (home := edit.homes.get(table.name)) is None:
                continue
            lines = [f"{'#' * home.level} {write_markdown.heading(table.name)}", ""] if home.level else []
            lines += [f"**Table Name**: `{table.name}`", ""] if home.label else []
            before.setdefault(home.line, []).extend(["", *lines, *self._body(table, home.marker)])
        gone = {n for s in edit.removed for n in range(s.first, s.last + 1)}
        replaced: dict[int, list[str]] = {}
        for span in edit.trimmed:
            gone |= set(range(span.first, span.last + 1))
            rest = self._without_ddl(span)
            inner = rest.kept if rest else ""
            replaced[span.first] = [self.lines[span.first - 1], inner, self.lines[span.last - 1]]
        out: list[str] = []
        for number, line in enumerate([*self.lines, None], 1):
            out += before.get(number, [])
            out += replaced.get(number, [])
            if line is not None and number not in gone:
                out.append(line)
        text = "\n".join(out)
        return _blank_lines(text) if edit.homes or gone else self.text


def _bare(name: str) -> str:
    """An object of a finding as documents call it."""
    return name.replace('"', "").removeprefix("public.")


def _blank_lines(text: str) -> str:
    """No more than one blank line between two parts; inside fences all stay."""
    pieces = re.split(r"(?ms)(^[ ]{0,3}(?:```|~~~).*?^[ ]{0,3}(?:```|~~~)[ \t]*$)", text)
    # two rules with nothing between them are one
    joined = "".join(p if i % 2 else re.sub(r"\n{3,}", "\n\n", p) for i, p in enumerate(pieces))
    joined = re.sub(r"(?m)^(-{3,}|\*{3,}|_{3,})[ \t]*\n\n(?:\1[ \t]*\n\n?)+", r"\1\n\n", joined)
    return joined.strip("\n") + "\n"
