"""Enumerations that a heading or an item names, with their values below or behind it: `TaskStatus Enum`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from todo_db.spec.constraints import unmarked
from todo_db.spec.document import EnumSpec
from todo_db.spec.markdown import Context, Heading, Item, ListBlock, TableBlock, plain
from todo_db.spec.names import tidy
from todo_db.spec.source import Source
from todo_db.spec.statements import Notation, Statement
from todo_db.spec.topics import Topic, topic_of

_NAMED = re.compile(
    r"(?i)(?:`?(?P<before>[^\W\d]\w*)`?\s+(?:enum(?:eration)?|enum\s+(?:type|values))"
    r"|enum(?:eration)?(?:\s+type)?\s*[:：]?\s+`?(?P<after>[^\W\d]\w*)`?)\Z"
)
_VALUE = re.compile(
    r"['\"]?(?P<value>[^\W\d][\w-]*)['\"]?(?:\s*(?:[:：=(→]|[-–—]\s|\s[-–—]).*)?\Z", re.DOTALL
)
_ITEM = re.compile(r"(?P<name>[^\W\d]\w*)(?:\s*\([^()]*\))?\s*[:：=]\s*(?P<values>.+)\Z", re.DOTALL)
_MANY = re.compile(r"\s*(?:,|\||/)\s*(?:(?:or|and)\s+)?")
_WORDS = frozenset(["values", "types", "type", "database", "status", "the", "postgresql", "custom", "python"])


def read_enum_lists(source: Source) -> Iterator[Statement]:
    """Statements of every list or table of values, and of every list of enumerations."""
    for block in source.blocks(ListBlock):
        if name := _name(block.context):
            yield from _enum(source, name, [_value(i) for i in block.items], block.line)
        elif _about_enums(block.context):
            yield from _each(source, block.items)
    for table in source.blocks(TableBlock):
        if name := _name(table.context):
            cells = [unmarked(row.cells[0]) if row.cells else "" for row in table.rows]
            yield from _enum(source, name, [_match(c) for c in cells], table.line)
        elif _lists_enums(table):
            yield from _rows(source, table)


_CODED = re.compile(r"`([^`]+)`(?:\s*\([^()]*\))?")


def _lists_enums(table: TableBlock) -> bool:
    """Whether a table has an enumeration in each row: `| Enum | Values |`."""
    headers = [plain(h).strip().lower() for h in table.header.cells]
    return len(headers) > 1 and bool(
        re.fullmatch(r"enum(?:eration)?s?(?: (?:name|type))?", headers[0])
        and re.fullmatch(r"(?:allowed |possible )?(?:values|labels)", headers[1])
    )


def _rows(source: Source, table: TableBlock) -> Iterator[Statement]:
    """The enumerations of such a table: values in code marks, and nothing else but remarks."""
    for row in table.rows:
        name, cell = (unmarked(row.cells[0]), row.cells[1]) if len(row.cells) > 1 else ("", "")
        values: list[str | None] = [*_CODED.findall(cell)]
        alone = not re.search(r"\w", _CODED.sub("", cell))
        if re.fullmatch(r"[^\W\d]\w*", name) and alone:
            yield from _enum(source, name, values, row.line)


def _name(context: Context) -> str | None:
    """The enumeration that the nearest heading names, a label such as `Values:` left out."""
    heading = _nearest(context)
    found = _NAMED.match(tidy(heading.raw or heading.text)) if heading else None
    name = (found["before"] or found["after"]) if found else None
    return name if name and name.lower() not in _WORDS else None


def _nearest(context: Context) -> Heading | None:
    return next((h for h in context.innermost_first() if not re.fullmatch(r"(?i)values", h.text)), None)


def _about_enums(context: Context) -> bool:
    heading = _nearest(context)
    return heading is not None and topic_of(heading.text) is Topic.ENUMS


def _each(source: Source, items: Iterable[Item]) -> Iterator[Statement]:
    """`TaskStatus: PENDING, DONE` or the values as the item's children."""
    for item in items:
        text = unmarked(item.text)
        if item.children and (found := re.fullmatch(r"([A-Z]\w*)\s*[:：]?", text)):
            yield from _enum(source, found[1], [_value(c) for c in item.children], item.line)
        elif (found := _ITEM.match(text)) and re.search(r"[A-Z]", found["name"]):
            values = [_match(v) for v in _MANY.split(found["values"].strip(" ()[]{}."))]
            yield from _enum(source, found["name"], values, item.line)


def _value(item: Item) -> str | None:
    return None if item.children else _match(unmarked(item.text))


def _match(text: str) -> str | None:
    found = _VALUE.match(text.strip())
    return found["value"] if found else None


def _enum(source: Source, name: str, values: list[str | None], line: int) -> Iterator[Statement]:
    """The enumeration, where every entry is a value."""
    stated = [v for v in values if v]
    if len(stated) == len(values) > 1 and len(set(stated)) == len(stated):
        spec = EnumSpec(name=name.lower(), values=tuple(stated), place=source.place(line))
        yield Statement(None, "enum", spec, source.place(line), Notation.LIST)
