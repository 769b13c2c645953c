"""Columns in one line: `tasks (id, title, user_id FK)`, `Fields: id (uuid, pk), title`, or names alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from todo_db.spec import names, types
from todo_db.spec.columns import IDENTIFIER, finish
from todo_db.spec.constraints import read, unmarked
from todo_db.spec.markdown import Context, Fence, Item, ListBlock, Paragraph
from todo_db.spec.notations.bullets import ColumnLine, column_line
from todo_db.spec.sections import is_recipe
from todo_db.spec.source import Source
from todo_db.spec.statements import Notation, Statement, TableName, about_column
from todo_db.spec.topics import topic, topic_of

_FIELDS = re.compile(
    r"(?i)\W*(?:(?:key|main|core|table)\s+)?(?:fields?|columns?|attributes?|campos|columnas|カラム|字段)\W*?[:：]\W*(?P<list>[\w`\"].*)\Z",
    re.DOTALL,
)
_SIGNATURE = re.compile(
    r"(?:[-*•]\s+)?(?:table\s+)?(?P<name>[A-Za-z_]\w*)(?:\s+table)?\s*(?:[:：]\s*)?\((?P<list>(?:[^()]|\([^()]*\))*)\)\s*(?P<rest>[.;,]?\s*\Z|[-–—:].*)",
    re.IGNORECASE | re.DOTALL,
)
_NAMES = re.compile(r"[a-z_]\w*(?:\s*\([^()]*\))?(?:\s*,\s*[a-z_]\w*(?:\s*\([^()]*\))?)+\.?")
_VERB = re.compile(
    r"(?:get|create|update|delete|list|add|set|fetch|find|remove|insert|select|is|has|complete|toggle|on|handle|use|"
    r"check|send|search)(?:_|[A-Z]|\Z)"
)
_SCHEMA = re.compile(
    r"(?i)\b(?:schema|tables?|entit(?:y|ies)|data\s*base|data\s+model|models?|relations?|erd?)\b|テーブル|表"
)
_PARTS = re.compile(r"(?:[^,;()'\"]|\((?:[^()]|\([^()]*\))*\)|'[^']*'|\"[^\"]*\"|['\"()])+")


def read_inline_lists(source: Source) -> Iterator[Statement]:
    """Statements of every such line; they count for tables whose columns nothing else states."""
    for block in source.counted:
        if topic(block.context) is not None or source.once(is_recipe, block.context):
            continue
        if isinstance(block, Paragraph):
            yield from _paragraph(source, block)
        elif isinstance(block, ListBlock):
            table = source.table(block.context, columns=True)
            yield from _items(source, block.items, table, block.context)
        elif isinstance(block, Fence) and block.language in ("", "text", "txt", "schema", "sql"):
            for number, line in enumerate(block.text.split("\n"), block.line):
                yield from _signature(source, line.strip(), number, block.context)


def _paragraph(source: Source, block: Paragraph) -> Iterator[Statement]:
    listed = _FIELDS.match(block.text)
    if table := source.table(block.context, columns=True):
        text = unmarked(listed["list"] if listed else block.text)
        lines = _columns(text, among=bool(listed)) if listed or _NAMES.fullmatch(text) else []
        if len(lines) > 1 and (listed or _is_bare(lines)):
            yield from _stated(source, table, lines, block.line)
            return
    yield from _signature(source, unmarked(block.text), block.line, block.context)


def _items(
    source: Source, items: Iterable[Item], table: TableName | None, context: Context
) -> Iterator[Statement]:
    for item in items:
        if table and (listed := _FIELDS.match(item.text)):
            lines = _columns(unmarked(listed["list"]), among=True)
            yield from _stated(source, table, lines if len(lines) > 1 else [], item.line)
        else:
            yield from _signature(source, unmarked(item.text), item.line, context)
        if item.children:
            head = re.split(r"\s*[:：(]|\s[-–—]\s", item.text, maxsplit=1)[0]
            inner = names.named(head) or names.bare(head) if topic_of(head) is None else None
            yield from _items(source, item.children, inner, context)


def _is_bare(lines: list[ColumnLine]) -> bool:
    """Whether a line of nothing but names below a table's heading is its columns, a key among them."""
    called = [n for line in lines for n in line.names]
    return len(called) > 2 and any(n == "id" or n.endswith("_id") for n in called)


def _signature(source: Source, text: str, line: int, context: Context) -> Iterator[Statement]:
    """`tasks (id, title, …)`: a table where a key or a type shows that it is no call of a function."""
    found = _SIGNATURE.match(text)
    if not found or _VERB.match(found["name"]) or names.is_generic(found["name"]):
        return
    lines = _columns(found["list"], among=False)
    marked = any(c.reading or c.facts for c in lines)
    keyed = bool(lines) and (
        lines[0].name.lower() == "id" or any(f.name == "primary_key" for c in lines for f in c.facts)
    )
    nearest = next(context.innermost_first(), None)
    about = nearest is not None and _SCHEMA.search(nearest.text) and topic_of(nearest.text) is None
    if len(lines) > 1 and keyed and (marked or about) and (table := names.as_name(found["name"])):
        yield from _stated(source, table._replace(line=line), lines, line)


def _columns(text: str, *, among: bool) -> list[ColumnLine]:
    """The columns in a list with commas; none where a part is anything else.

    among: a sentence may follow the columns.
    """
    lines: list[ColumnLine] = []
    for part in _PARTS.findall(text.rstrip(". ")):
        line = _column(part.strip().rstrip("."))
        if line is None:
            return lines if among and len(lines) > 1 else []
        lines.append(line)
    return lines


def _column(part: str) -> ColumnLine | None:
    """`id`, `id uuid PK`, `id (uuid, pk)`, `id: uuid`."""
    found = re.match(r"(?P<name>[^\W\d]\w*)\??\s*(?P<rest>.*)\Z", part, re.DOTALL)
    if not found or not IDENTIFIER.match(found["name"]):
        return None
    name, rest = found["name"], found["rest"].strip()
    if not rest:
        return ColumnLine(name, None, (), "")
    if rest.startswith(("(", ":")) and (line := column_line(part)):
        return line
    inner = rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest.lstrip(":").strip()
    taken = types.take(inner)
    facts = tuple(read(taken[1] if taken else inner))
    if not taken and not facts and not rest.startswith("("):
        return None
    return ColumnLine(name, taken[0] if taken else None, facts, "")


def _stated(source: Source, table: TableName, lines: list[ColumnLine], number: int) -> Iterator[Statement]:
    for line in lines:
        for name in line.names:
            facts = finish(name, line.reading, line.facts, line.description)
            yield from about_column(table, name, facts, source.place(number), Notation.BULLETS)
