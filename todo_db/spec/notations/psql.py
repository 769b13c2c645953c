"""What psql's `\\d` shows of a table: below its columns the indexes, checks and keys, as SQL nearly writes
them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.spec.columns import IDENTIFIER
from todo_db.spec.headers import role_of
from todo_db.spec.markdown import Fence, TableBlock
from todo_db.spec.notations.sql import read_sql_text
from todo_db.spec.source import Source
from todo_db.spec.statements import Force, Notation, Statement, TableName

_TITLE = re.compile(r"\s*(?:Unlogged |Partitioned )?[Tt]able \"(?:public\.)?(?P<name>[\w.]+)\"\s*\Z")
_OBJECT = re.compile(
    r"\s+(?P<name>\"[^\"]+\"|\w+)\s+(?P<kind>PRIMARY KEY|UNIQUE CONSTRAINT|UNIQUE)?,?\s*(?P<rest>.+)"
)
_METHOD = re.compile(r"\A(?P<method>btree|hash|gin|gist|brin|spgist)\s*(?P<list>\(.*)\Z")


def read_psql(source: Source) -> Iterator[Statement]:
    """Statements of what follows the columns, and of columns whose cell for NOT NULL is empty."""
    for fence in source.blocks(Fence):
        table = ""
        for number, line in enumerate(fence.text.split("\n") if 'able "' in fence.text else ()):
            if found := _TITLE.match(line):
                table = found["name"]
            elif table and (sql := _sql(table, line)):
                place = source.place(fence.line + number)
                for statement in read_sql_text(sql, lambda _line, place=place: place):  # type: ignore[misc]
                    yield statement._replace(notation=Notation.LIST)
    for block in source.blocks(TableBlock):
        last = block.context.headings[-1:]
        if last and (found := _TITLE.match(last[0].text)):
            yield from _nullable(source, block, TableName(found["name"]))


def _sql(table: str, line: str) -> str | None:
    """The statement that a line below the columns stands for, or None where it is a heading or else."""
    found = _OBJECT.match(line)
    if found is None:
        return None
    add = f"ALTER TABLE {table} ADD CONSTRAINT {found['name']}"
    if re.match(r"(?:CHECK|FOREIGN KEY|EXCLUDE)\b", found["rest"]):
        return f"{add} {found['rest']}"
    by = _METHOD.match(found["rest"])
    if by is None:
        return None
    if found["kind"] in ("PRIMARY KEY", "UNIQUE CONSTRAINT"):
        return f"{add} {found['kind'].removesuffix(' CONSTRAINT')} {by['list']}"
    unique = "UNIQUE " if found["kind"] else ""
    return f"CREATE {unique}INDEX {found['name']} ON {table} USING {by['method']} {by['list']}"


def _nullable(source: Source, block: TableBlock, table: TableName) -> Iterator[Statement]:
    roles = [role_of(h) for h in block.header.cells]
    if "name" not in roles or "nullable" not in roles:
        return
    for row in block.rows:
        name, cell = row.cells[roles.index("name")], row.cells[roles.index("nullable")]
        if not cell and IDENTIFIER.match(name):
            place = source.place(row.line)
            yield Statement(table, "nullable", True, place, Notation.TABLE, name, Force.IMPLIED)
