"""Tables about keys, indexes and constraints of several tables: `| Index Name | Table | Columns |`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from todo_db.findings import Place
from todo_db.spec.checkwords import sql_check, worded_check
from todo_db.spec.columns import IDENTIFIER
from todo_db.spec.constraints import ACTION, TARGET, action, read, target_of, unmarked
from todo_db.spec.defaults import default
from todo_db.spec.document import UNSAID, CheckSpec, IndexSpec, PrimaryKeySpec, ReferenceSpec, UniqueSpec
from todo_db.spec.entries import listed
from todo_db.spec.known import Known
from todo_db.spec.managers import manager
from todo_db.spec.markdown import Row, TableBlock, plain
from todo_db.spec.notations.columntable import shape_of
from todo_db.spec.source import Source
from todo_db.spec.statements import Notation, Statement, TableName
from todo_db.spec.topics import Topic, topic

_ROLES = {
    "table": r"(?:child\s+|source\s+|from\s+)?(?:table|tabla|tabela|entity|テーブル)(?:\s+name)?s?|"
    r"from|child",
    "name": r"(?:index|constraint|fk|foreign key)?\s*name|index|constraint name|"
    r"nombre(?: del índice)?|インデックス名",
    "columns": r"(?:child\s+|source\s+|from\s+|fk\s+|foreign\s+key\s+)?"
    r"(?:columns?|column\(s\)|fields?|field\(s\)|"
    r"columnas?|campos?|カラム)|columns?\s*/\s*fields?",
    "type": r"(?:index\s+)?type|method|tipo|kind",
    "unique": r"unique\??|único",
    "target": r"(?:references|referenced\s+table|parent\s+table|target(?:\s+table)?|to|parent|"
    r"foreign table|references to|to table)",
    "target_column": r"(?:parent\s+column|referenced\s+column|target\s+column|references column|"
    r"to column|foreign column)",
    "on_delete": r"on\s*delete|cascade|delete(?:\s+rule|\s+behaviou?r|\s+action)?|"
    r"cascade\s+(?:rule|behaviou?r)",
    "on_update": r"on\s*update",
    "expr": r"constraints?|check|expression|rule|definition|condition|restricción|check expression|sql",
    "where": r"where|predicate|condition|filter",
    "primary_keys": r"primary\s+keys?|pk",
    "foreign_keys": r"foreign\s+keys?|fks?",
    "uniques": r"unique\s+constraints?|unique keys?|uniques",
    "defaults": r"defaults?(?:\s+values?)?",
    "managed_by": r"(?:managed|owned|maintained)\s+by|owner|manager",
}
_PATTERNS = {role: re.compile(rf"(?:{pattern})\Z", re.IGNORECASE) for role, pattern in _ROLES.items()}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with its cells by role."""

    cells: dict[str, str]
    table: str | None
    place: Place
    known: Known

    def about(self, table: str, fact: str, value: object, column: str = "") -> Statement:
        return Statement(TableName(table), fact, value, self.place, Notation.LIST, column)

    def cell(self, role: str) -> str:
        text = unmarked(self.cells.get(role, ""))
        return "" if re.fullmatch(r"[-—–]*|n/?a|none", text, re.IGNORECASE) else text


_RowReader: TypeAlias = Callable[[_Row], Iterator[Statement]]


def read_constraint_tables(source: Source, known: Known) -> Iterator[Statement]:
    """Statements of every table that is about keys, indexes or constraints."""
    for block in source.blocks(TableBlock):
        if source.once(shape_of, block) is not None:
            continue
        roles = _roles(block)
        reader = _reader(roles, topic(block.context))
        if reader is None:
            continue
        context = known.above(source, block.context)
        made = False
        for row in block.rows:
            for statement in reader(_row(source, known, roles, row, context)):
                made = True
                yield statement
        if made and reader is _index:
            table = None if "table" in roles or context is None else TableName(context)
            yield Statement(table, "lists_indexes", True, source.place(block.line), Notation.LIST)


def _roles(block: TableBlock) -> dict[str, int]:
    roles: dict[str, int] = {}
    for position, header in enumerate(block.header.cells):
        text = re.sub(r"\s+", " ", plain(header)).strip()
        role = next((r for r, p in _PATTERNS.items() if p.match(text)), None)
        if role:
            roles.setdefault(role, position)
    return roles


def _row(source: Source, known: Known, roles: dict[str, int], row: Row, context: str | None) -> _Row:
    cells = {role: row.cells[position] for role, position in roles.items() if position < len(row.cells)}
    named = plain(cells.get("table", "")).split(".")[0]
    table = known.table(named) if named else context
    return _Row(cells, table, source.place(row.line), known)


def _reader(roles: dict[str, int], subject: Topic | None) -> _RowReader | None:  # noqa: PLR0911 - one per kind
    """What reads the rows of a table with these headers, under a heading of this topic."""
    has = roles.keys().__contains__
    if has("table") and has("managed_by") and not has("columns"):
        return _managed
    if has("table") and (has("primary_keys") or has("foreign_keys") or has("uniques")) and not has("columns"):
        return _summary
    if has("target") and (has("columns") or has("table")) and not has("primary_keys"):
        return _foreign_key
    if subject is Topic.INDEXES and has("columns"):
        return _index
    if has("table") and has("columns"):
        return _BY_TOPIC.get(subject) if subject else (_index if has("name") and has("type") else None)
    if subject is Topic.CHECKS and (has("expr") or has("columns")):
        return _check
    if subject in (Topic.UNIQUES, Topic.CONSTRAINTS) and has("table") and has("expr"):
        return _key
    return None


_KEY_BEHIND = re.compile(r"(?i)\((?P<columns>[^()]+)\)\s*(?P<kind>unique|pk|primary\s+key)\Z")
_KEY_BEFORE = re.compile(r"(?i)(?P<kind>unique|pk|primary\s+key)\s*(?:on\s*)?\((?P<columns>[^()]+)\)\Z")


def _key(row: _Row) -> Iterator[Statement]:
    """`(a, b) UNIQUE`, `PRIMARY KEY (a, b)` in the cell of a constraint."""
    found = _KEY_BEHIND.match(row.cell("expr")) or _KEY_BEFORE.match(row.cell("expr"))
    if found and row.table:
        cells = row.cells | {"columns": found["columns"]}
        one = _Row(cells, row.table, row.place, row.known)
        yield from (_unique if found["kind"].lower() == "unique" else _primary_key)(one)


def _managed(row: _Row) -> Iterator[Statement]:
    if row.table and (who := manager(row.cell("managed_by"))):
        yield row.about(row.table, "managed_by", who)


def _index(row: _Row) -> Iterator[Statement]:
    kind = row.cell("type")
    name = row.cell("name")
    entries = listed(row.cell("columns"), row.table or row.known.table_in_name(name), row.known)
    if entries is None:
        entries = listed(row.cell("columns"), None, row.known)
    if entries is None or entries.table is None:
        return
    if re.search(r"(?i)primary", kind) or re.match(r"(?i)primary\b|\w+_pkey\Z", name):
        if len(entries.columns) == 1:
            yield row.about(entries.table, "primary_key", True, entries.columns[0])
        return
    if re.search(r"(?i)foreign", kind) and not IDENTIFIER.match(name):
        return
    unique = bool(
        re.search(r"(?i)\bunique", kind)
        or re.match(r"(?i)unique\b", name)
        or re.match(r"(?i)y|true|✓|✅", row.cell("unique"))
    )
    method = re.search(r"(?i)\b(b-?tree|gin|gist|hash|brin)\b", kind)
    spec = IndexSpec(
        columns=entries.columns,
        name=name if IDENTIFIER.match(name) and not re.fullmatch(r"(?i)index|unique|btree", name) else UNSAID,
        unique=True if unique else UNSAID,
        method=method.group(1).lower().replace("-", "") if method else UNSAID,
        where=row.cell("where") or UNSAID,
        place=row.place,
    )
    yield row.about(entries.table, "index_of", spec)


def _foreign_key(row: _Row) -> Iterator[Statement]:
    """`tasks | user_id | users | id | CASCADE`, `Parent | Child | Cascade`."""
    target = _target(row)
    own = row.cell("columns")
    table, column = row.table, own
    if found := re.fullmatch(r"(\w+)\.(\w+)", own or row.cell("table")):
        table, column = row.known.table(found.group(1)), found.group(2)
    rule = _rule(row.cell("on_delete"))
    if table is None or target is None:
        return
    if not column:
        if rule:
            yield row.about(table, "on_delete_to", (target.table, rule))
        return
    known = row.known.column(table, column)
    if known is None:
        return
    yield row.about(table, "references", target, known)
    if rule:
        yield row.about(table, "on_delete", rule, known)
    if update := _rule(row.cell("on_update")):
        yield row.about(table, "fk_on_update", update, known)


def _target(row: _Row) -> ReferenceSpec | None:
    text = row.cell("target")
    if found := re.match(TARGET, text):
        return target_of(found)
    table = row.known.table(text) or (text if IDENTIFIER.match(text) else None)
    column = row.cell("target_column").rpartition(".")[2]
    return ReferenceSpec(table=table, columns=(column,) if column else ()) if table else None


def _rule(text: str) -> str | None:
    found = re.search(rf"(?i)\b{ACTION}\b", text)
    return action(found.group()) if found else None


def _primary_key(row: _Row) -> Iterator[Statement]:
    entries = listed(row.cell("columns"), row.table, row.known)
    if entries and entries.table:
        if len(entries.columns) == 1:
            yield row.about(entries.table, "primary_key", True, entries.columns[0])
        else:
            yield row.about(
                entries.table, "primary_key_of", PrimaryKeySpec(columns=entries.columns, place=row.place)
            )


def _not_null(row: _Row) -> Iterator[Statement]:
    if row.table:
        for word in re.findall(r"\w+", row.cell("columns")):
            if column := row.known.column(row.table, word):
                yield row.about(row.table, "nullable", False, column)


def _unique(row: _Row) -> Iterator[Statement]:
    entries = listed(row.cell("columns"), row.table, row.known)
    name = row.cell("name")
    if entries is None or entries.table is None:
        return
    if len(entries.columns) == 1 and not IDENTIFIER.match(name):
        yield row.about(entries.table, "unique", True, entries.columns[0])
    else:
        own = name if IDENTIFIER.match(name) else UNSAID
        yield row.about(
            entries.table, "unique_of", UniqueSpec(columns=entries.columns, name=own, place=row.place)
        )


def _check(row: _Row) -> Iterator[Statement]:
    text = row.cell("expr")
    column = row.known.column(row.table, row.cell("columns")) or ""
    expr = sql_check(text, row.known.all_columns(row.table))
    check = CheckSpec(expr=expr) if expr else worded_check(column, text, loose=True) if column else None
    name = row.cell("name")
    if check and row.table:
        own = name if IDENTIFIER.match(name) else UNSAID
        yield row.about(row.table, "check", CheckSpec(expr=check.expr, name=own, place=row.place))


def _default(row: _Row) -> Iterator[Statement]:
    column = row.known.column(row.table, row.cell("columns"))
    if row.table and column:
        for fact in default(row.cell("defaults") or row.cell("expr")):
            yield row.about(row.table, fact.name, fact.value, column)


_BY_TOPIC = {
    Topic.PRIMARY_KEYS: _primary_key,
    Topic.NOT_NULL: _not_null,
    Topic.UNIQUES: _unique,
    Topic.CHECKS: _check,
    Topic.DEFAULTS: _default,
    Topic.INDEXES: _index,
}


def _summary(row: _Row) -> Iterator[Statement]:
    """One row per table: its keys, uniques and defaults."""
    if row.table is None:
        return
    known = row.known
    entries = listed(row.cell("primary_keys"), row.table, known)
    if entries and len(entries.columns) == 1:
        yield row.about(row.table, "primary_key", True, entries.columns[0])
    for part in re.split(r"[,;]\s*", row.cell("foreign_keys")):
        found = re.match(rf"(\w+)\s*(?:→|->|=>|references)\s*({TARGET}|\w+)", part)
        column = known.column(row.table, found.group(1)) if found else None
        if found and column:
            facts = read(f"references {part[found.end(1) :].lstrip(' →->=')}")
            yield from (row.about(row.table, f.name, f.value, column) for f in facts)
    for part in re.findall(r"\([^()]*\)|\w+", row.cell("uniques")):
        if entries := listed(part, row.table, known):
            if len(entries.columns) == 1:
                yield row.about(row.table, "unique", True, entries.columns[0])
            else:
                yield row.about(row.table, "unique_of", UniqueSpec(columns=entries.columns, place=row.place))
    for name, value in re.findall(r"(\w+)\s*=\s*('[^']*'|[^,;]+)", row.cell("defaults")):
        if column := known.column(row.table, name):
            yield from (
                row.about(row.table, f.name, f.value, column)
                for f in default(value)
                if f.name == "server_default"
            )
