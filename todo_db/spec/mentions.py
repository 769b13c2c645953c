"""Names that a document uses as if the specification stated them, and that it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from todo_db.findings import Finding, Place
from todo_db.spec import names, rules
from todo_db.spec.document import Specification, TableSpec
from todo_db.spec.markdown import Block, Fence, ListBlock, Paragraph, TableBlock
from todo_db.spec.sections import is_recipe, passed_over, reason
from todo_db.spec.source import Source, is_unplaced
from todo_db.spec.statements import Firmness, Statement

_NAMED = re.compile(r"`(?P<table>[a-z][a-z0-9_]*)\.(?P<column>[a-z][a-z0-9_]*)`")
_FILES = frozenset(
    [
        "py",
        "pyi",
        "md",
        "ts",
        "tsx",
        "js",
        "jsx",
        "json",
        "yaml",
        "yml",
        "toml",
        "sql",
        "sh",
        "html",
        "css",
        "env",
        "txt",
        "ini",
        "cfg",
        "lock",
        "csv",
        "xml",
        "svg",
        "png",
        "db",
        "sqlite",
    ]
)


_DOTTED = re.compile(r"(?<![\w./@])(?P<table>[a-z_][a-z0-9_]*)\.(?P<column>[a-z_][a-z0-9_]*)(?![\w(])")


def tables_in_text(sources: Sequence[Source], statements: Sequence[Statement]) -> list[str]:
    """What the text calls the tables that are only described as models or entities: `tasks.user_id`."""
    said = [s for s in statements if s.table is not None and s.column]
    firm = {names.key(s.table.text) for s in said if s.table and s.table.firmness > Firmness.ENTITY}
    columns: dict[str, set[str]] = {}
    for statement in said:
        if (
            statement.table
            and not is_unplaced(statement.table)
            and names.key(statement.table.text) not in firm
        ):
            columns.setdefault(names.key(statement.table.text), set()).add(statement.column.lower())
    if not columns:
        return []
    return [
        found["table"]
        for source in sources
        for block in source.counted
        for text, _ in _texts(block)
        for found in _DOTTED.finditer(text)
        if found["column"] in columns.get(names.key(found["table"]), ())
    ]


def unknown_names(sources: Sequence[Source], spec: Specification) -> Iterator[Finding]:
    """`tasks.titel` in running text. Only tables of the project's own are judged: of others it is not known
    what they have; and `task.user` is what a model calls the other end of a relationship.
    """
    own = {t.name: t for t in spec.tables if t.managed_by is None and t.columns}
    for source in sources:
        for block in source.counted:
            for text, line in _texts(block):
                for found in _NAMED.finditer(text):
                    yield from _named(own, found, source.place(line))


def _named(own: dict[str, TableSpec], found: re.Match[str], place: Place) -> Iterator[Finding]:
    table = own.get(found["table"])
    if table is None or found["column"] in _FILES or names.key(found["column"]) in map(names.key, own):
        return
    if all(c.name.lower() != found["column"] for c in table.columns):
        yield _unknown(table, found["column"], f"{table.name}.{found['column']} is named here", place)


def _unknown(table: TableSpec, column: str, said: str, place: Place | None) -> Finding:
    close = get_close_matches(column, [c.name for c in table.columns], 1)
    at = f" (stated at {table.place})" if table.place else ""
    return rules.finding(
        rules.UNKNOWN_NAME,
        "column",
        f"{table.name}.{column}",
        f"{said}, but the table {table.name}{at} has no such column.",
        (place,) if place else (),
        hint=f"Did you mean {table.name}.{close[0]}?" if close else "Correct the name, or state the column.",
    )


def _texts(block: Block) -> Iterator[tuple[str, int]]:
    if isinstance(block, Paragraph):
        yield block.text, block.line
    elif isinstance(block, ListBlock):
        for item in block.items:
            yield item.text, item.line
            yield from ((child.text, child.line) for child in item.children)
    elif isinstance(block, TableBlock):
        for row in (block.header, *block.rows):
            yield from ((cell, row.line) for cell in row.cells)


_SQL = ("sql", "postgresql", "postgres", "pgsql")


def unknown_tables(sources: Sequence[Source], spec: Specification) -> Iterator[Finding]:
    """Tables that SQL in the document reads or writes, and that nothing states."""
    known = {names.key(t.name) for t in spec.tables}
    if not known:
        return
    for source in sources:
        for block in source.document.blocks:
            if not isinstance(block, Fence) or block.language not in _SQL:
                continue
            heading = passed_over(block.context)
            if (heading is None or reason(heading) not in _NOT_YET) and not is_recipe(block.context):
                yield from _tables_in(source, block, known)


_USED = re.compile(
    r"(?i)(?<!on )\b(?:from|join|insert\s+into|update)\s+(?!(?:or|of|on|set|skip|as|no)\b)"
    r"(?P<name>[a-z_][a-z0-9_]*)(?![\w.(])"
)
_DEFINED = re.compile(
    r"(?i)(?:\bwith\s+(?:recursive\s+)?|,\s*)([a-z_]\w*)\s*(?:\([^()]*\)\s*)?as\s*(?:not\s+)?(?:materialized\s*)?\("
    r"|\b(?:view|table|function)\s+(?:if\s+not\s+exists\s+)?([a-z_]\w*)"
)
_UNREAD = re.compile(r"(?s)--[^\n]*|/\*.*?\*/|'[^']*'|\$(\w*)\$.*?\$\1\$")


_LONGEST_CALL = 400  # characters of `EXTRACT(year ` that are looked for


def _tables_in(source: Source, fence: Fence, known: set[str]) -> Iterator[Finding]:
    text = _UNREAD.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), fence.text)
    stated = known | {names.key(a or b) for a, b in _DEFINED.findall(text)}
    line = position = 0
    for found in _USED.finditer(text):
        name = found["name"]
        if names.key(name) in stated or name.lower() in _NO_TABLES or name.startswith(("pg_", "sql")):
            continue
        before = text[max(0, found.start() - _LONGEST_CALL) : found.start()]
        if re.search(r"(?i)\b(?:extract|substring|trim|overlay)\s*\([^()]*\Z", before):
            continue  # EXTRACT(year FROM created_at)
        line += text.count("\n", position, found.start())
        position = found.start()
        place = source.place(fence.line + line)
        message = f"SQL names the table {name}, which the specification does not state."
        yield rules.finding(
            rules.UNKNOWN_NAME, "table", name, message, (place,), hint="Correct the name, or state the table."
        )


_NO_TABLES = frozenset(
    [
        "select",
        "set",
        "only",
        "lateral",
        "unnest",
        "generate_series",
        "information_schema",
        "dual",
        "values",
        "old",
        "new",
        "excluded",
        "table",
        "where",
        "alembic_version",
        "on",
        "now",
        "current_date",
        "statement",
    ]
)
_NOT_YET = ("about the future", "optional", "deprecated")
