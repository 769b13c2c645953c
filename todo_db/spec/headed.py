"""Sections that are headed by the name of a table, and in which no columns could be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from todo_db.findings import Finding
from todo_db.spec import names, rules
from todo_db.spec.document import Specification
from todo_db.spec.markdown import Heading
from todo_db.spec.sections import is_recipe, passed_over
from todo_db.spec.source import Source
from todo_db.spec.statements import Firmness, TableName


def without_columns(sources: Sequence[Source], spec: Specification) -> Iterator[Finding]:
    """A question for every section beside those of tables, on the same level, that is headed like them."""
    known = {names.key(t.name) for t in spec.tables}
    for source in sources:
        headed = _headed(source)
        beside = {above for above, _, name in headed if name and names.key(name.text) in known}
        asked: set[str] = set()
        for above, heading, name in headed:
            if name is None or above not in beside or names.key(name.text) in known | asked:
                continue
            asked.add(names.key(name.text))
            message = f"Which columns has the table {name.text}? None could be read in its section."
            hint = "Write them as a table: | Column | Type | Constraints |."
            place = source.place(heading.line)
            yield rules.finding(rules.ASK_COLUMNS, "table", name.text, message, (place,), hint=hint)


def _headed(source: Source) -> list[tuple[tuple[Heading, ...], Heading, TableName | None]]:
    """The headings of sections that count: what is above each, and the table that it names, if any."""
    found: dict[int, tuple[tuple[Heading, ...], Heading, TableName | None]] = {}
    for block in source.document.blocks:
        if passed_over(block.context) or is_recipe(block.context):
            continue
        for position, heading in enumerate(block.context.headings):
            above = block.context.headings[:position]
            name = source.namer.stated.get(heading.line) or _named(heading)
            found.setdefault(heading.line, (above, heading, name))
    return list(found.values())


def _named(heading: Heading) -> TableName | None:
    """The table that a heading names beyond doubt: `### tasks`, `### Tasks Table`."""
    raw = heading.raw or heading.text
    if names.is_generic(heading.text):  # `notes` is a remark more often than a table
        return None
    if name := names.named(raw):
        return name if name.firmness >= Firmness.TITLE else None
    name = names.bare(raw)
    return name if name and name.literal and re.fullmatch(r"[a-z_]\w*", name.text) else None
