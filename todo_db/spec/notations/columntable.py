"""Tables with one row per column: `| Column | Type | Constraints | Description |`, in any words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from todo_db.findings import Place
from todo_db.spec import types
from todo_db.spec.columns import IDENTIFIER, finish, hints
from todo_db.spec.constraints import read, read_prose, unmarked
from todo_db.spec.defaults import default
from todo_db.spec.headers import role_of
from todo_db.spec.markdown import Row, TableBlock, plain
from todo_db.spec.source import Source, unplaced
from todo_db.spec.statements import Fact, Notation, Statement, TableName, about_column
from todo_db.spec.topics import Topic, topic
from todo_db.spec.valuelists import values_of

_WITH_LENGTH = re.compile(r"[^\W\d]\w{0,62}\(\d+(?:,\s*\d+)?\)\Z")
_YES = re.compile(
    r"(?i)\A(?:yes|y|true|✓|✔|✅|x|sí|si|sì|sim|ja|oui|да|예|はい|○|◯|必須|required|not\s*null|pk|uk|uq|unique|indexed|●|是|必填)\b|\A(?:✓|✔|✅|○|◯|●)"
)
_NO = re.compile(
    r"(?i)\A(?:no|n|false|✗|✘|❌|×|não|nein|non|нет|いいえ|否|아니오|nullable|optional|-|—|–|null)\b|\A(?:✗|✘|❌|×)"
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which cell of a row says what: role → position."""

    roles: dict[str, int]
    remarks: tuple[int, ...] = ()  # further cells of description

    def cell(self, row: Row, role: str) -> str:
        position = self.roles.get(role, -1)
        return row.cells[position].strip() if 0 <= position < len(row.cells) else ""

    def descriptions(self, row: Row) -> list[str]:
        """What the cells of description and remarks say."""
        further = (row.cells[p] for p in self.remarks if p < len(row.cells))
        return [plain(t) for t in (self.cell(row, "description"), *further)]

    @property
    def constrains(self) -> bool:
        """Whether a cell is there for constraints, so that the description is only that."""
        return "constraints" in self.roles


def read_column_tables(source: Source) -> Iterator[Statement]:
    """Statements of every table of columns in the document."""
    for block in source.blocks(TableBlock):
        if shape := source.once(shape_of, block):
            table = source.table(block.context, columns=True) or unplaced(block.line)
            rows = (block.header, *block.rows) if _is_row(block.header, shape) else block.rows
            for row in rows:
                yield from _row(source, table, shape, row)


def read_tables_of_tables(source: Source) -> Iterator[Statement]:
    """Statements of tables that name a table in each row: `| Table | Column | Type |`.

    Where nothing else defines the tables; beside other notations it is a summary of keys or the like.
    """
    for block in source.blocks(TableBlock):
        named = next((p for p, h in enumerate(block.header.cells) if role_of(h) == "foreign"), -1)
        shape = shape_of(block, besides=named) if named >= 0 and _says_table(block, named) else None
        if shape is None or topic(block.context) not in (None, Topic.RELATIONSHIPS):
            continue
        if not _has_types(block, shape.roles.get("type", -1)):
            continue
        table: TableName | None = None
        for row in block.rows:
            cell = unmarked(row.cells[named]) if named < len(row.cells) else ""
            table = TableName(cell, line=row.line) if IDENTIFIER.match(cell) else None if cell else table
            if table is not None:
                yield from _row(source, table, shape, row)


def tables_named(source: Source) -> Iterator[tuple[str, Place]]:
    """The tables that an overview lists (`| Entity | Table | Module |`), each with its place."""
    for block in source.blocks(TableBlock):
        listed = [p for p in range(len(block.header.cells)) if _says_table(block, p)]
        words = [plain(block.header.cells[p]).strip().lower() for p in listed]
        position = next((p for p, w in zip(listed, words, strict=True) if w not in ("entity", "model")), -1)
        overview = position >= 0 and not any(_says_column(h) for h in block.header.cells)
        for row in block.rows if overview else ():
            cell = unmarked(row.cells[position]) if position < len(row.cells) else ""
            if IDENTIFIER.match(cell):
                yield cell, source.place(row.line)


def _says_table(block: TableBlock, position: int) -> bool:
    words = plain(block.header.cells[position]).strip().lower()
    return bool(
        re.fullmatch(r"tables?(?: name)?|tabla|tabela|tabelle|tabella|テーブル名?|表名?|entity|model", words)
    )


def _is_row(header: Row, shape: _Shape) -> bool:
    """Whether somebody began with the first column instead of a header."""
    taken = types.take(unmarked(shape.cell(header, "type")))
    return (
        taken is not None
        and (not taken[1].strip() or bool(read(taken[1])))
        and role_of(shape.cell(header, "type")) is None
        and bool(_names(shape.cell(header, "name")))
    )


_COLUMN = re.compile(r"(?i)column|columna|coluna|spalte|colonne|colonna|kolom|列|カラム|컬럼|колонка")


def shape_of(block: TableBlock, besides: int = -1) -> _Shape | None:
    """What the cells mean, by the header's words and, where those are unknown, by content; None: no
    column table. `besides`: the position of cells that name the table."""
    roles: dict[str, int] = {}
    described: list[int] = []
    for position, header in enumerate(block.header.cells):
        role = role_of(header) if position != besides else "table"
        if role == "foreign":
            return None
        if role == "name" and _COLUMN.search(header):
            roles[role] = position  # before a field of the code, which another column of cells names
        elif role:
            roles.setdefault(role, position)
        if role == "description":
            described.append(position)
    named = "constraints" in roles or "nullable" in roles or "required" in roles
    plain_headers = "type" in roles and any(_says_column(h) for h in block.header.cells)
    _by_content(block, roles)
    if "name" not in roles or not _names_columns(block, roles["name"]):
        return None
    stated = "type" in roles or any(r in roles for r in ("constraints", "nullable", "required"))
    if not stated or (
        "type" in roles
        and not _has_types(block, roles["type"], keys=True)
        and not (plain_headers and _may_have_types(block, roles["type"]))
    ):
        return None
    if "type" not in roles and not (named and _has_facts(block, roles)):
        return None
    remarks = tuple(p for p in described if p not in roles.values())
    return _Shape(roles, remarks)


def _by_content(block: TableBlock, roles: dict[str, int]) -> None:
    """Fill in name, type, constraints and description by what the cells hold."""
    taken = set(roles.values())
    width = range(len(block.header.cells))
    if "type" not in roles:
        for position in width:
            if position not in taken and _has_types(block, position):
                roles["type"] = position
                break
    if "name" not in roles and "type" in roles and 0 not in taken and roles["type"] != 0:
        roles["name"] = 0
    if "constraints" not in roles and "name" in roles:
        for position in width:
            if (
                position not in roles.values()
                and _share(block, position, lambda c: bool(c) and _all_constraints(c)) > 0.3
            ):
                roles["constraints"] = position
                break
    if "description" not in roles and "type" in roles:
        rest = [p for p in width if p not in roles.values()]
        if rest:
            roles["description"] = rest[-1]


def _all_constraints(cell: str) -> bool:
    words = re.split(r"[,;，；、]\s*", unmarked(cell))
    return all(len(w) < 60 and bool(read(w)) for w in words if w)


def _share(block: TableBlock, position: int, holds: object) -> float:
    cells = [r.cells[position] for r in block.rows if position < len(r.cells)]
    return sum(bool(holds(c)) for c in cells) / len(cells) if cells and callable(holds) else 0.0


def _has_types(block: TableBlock, position: int, *, keys: bool = False) -> bool:
    """Whether half of the cells are types; `keys`: or say of which table they are a key (`FK users.id`)."""

    def is_type(cell: str) -> bool:
        text = unmarked(cell)
        return types.take(text) is not None or (keys and bool(_KEY_CELL.match(text)))

    return _share(block, position, is_type) >= 0.5


def _says_column(header: str) -> bool:
    return plain(header).strip().lower() in ("column", "column name", "field", "field name")


def _may_have_types(block: TableBlock, position: int) -> bool:
    """Whether the cells under `Type` are empty or names, so that they may be types of the document's own."""
    cells = [r.cells[position] for r in block.rows if position < len(r.cells)]
    return all(
        not c or re.fullmatch(r"`[^`]+`", c) or types.take(unmarked(c)) or IDENTIFIER.match(unmarked(c))
        for c in cells
    )


def _names_columns(block: TableBlock, position: int) -> bool:
    """Whether the cells are identifiers, and not all of them words for types (a table that maps types)."""
    cells = [_bare(r.cells[position]) for r in block.rows if position < len(r.cells)]
    names = [c for c in cells if _names(c)]
    if len(names) * 2 < len(cells) or not names:
        return False
    return _says_column(block.header.cells[position]) or not all(types.read(n) for n in names)


def _has_facts(block: TableBlock, roles: dict[str, int]) -> bool:
    if "nullable" in roles or "required" in roles:
        return True
    return _share(block, roles["constraints"], lambda c: bool(c) and _all_constraints(c)) >= 0.5


_ALL_VALUES = re.compile(r"[^\W_]\w*(?:\s*[,/|]\s*[^\W_]\w*)+")
_CODED_VALUES = re.compile(r"`[\w-]+`(?:\s*(?:,|\\?\||/|\bor\b|,\s*or)\s*`[\w-]+`)+\.?")
_ASIDE = re.compile(r"\s*\(([^()]*)\)\s*\Z")


def _bare(cell: str) -> str:
    """A name cell without marks; within an SQL identifier's quotes everything is a part of the name."""
    quoted = (
        '"' in cell
        and re.fullmatch(r'\s*"(?:[^"]|"")+"\s*', cell)
        and not re.fullmatch(r'\s*"`[^`]*`"\s*', cell)
    )
    return cell.strip() if quoted else unmarked(cell)


@lru_cache(maxsize=1 << 12)
def _names(cell: str) -> tuple[str, ...]:
    """The columns that a name cell names; empty when it holds something else."""
    if len(cell) > 2 and cell[0] == cell[-1] == '"':
        return (cell[1:-1].replace('""', '"'),)
    text = re.sub(r"[*†‡🔑🔗🗝️]", "", _ASIDE.sub("", plain(cell))).strip().strip("\"'")
    parts = tuple(p.strip() for p in re.split(r"\s*[,/&]\s*|\s+and\s+", text))
    return parts if all(IDENTIFIER.match(p) for p in parts) else ()


_KEY_CELL = re.compile(r"(?i)(?:FK|foreign[\s_-]+key|PK|primary[\s_-]+key|references)(?:\b|\W|\Z)")


def _row(source: Source, table: TableName, shape: _Shape, row: Row) -> Iterator[Statement]:
    cell = _bare(shape.cell(row, "name"))
    names = _names(cell)
    aside = found.group(1) if (found := _ASIDE.search(cell)) else ""
    facts = read(aside) if aside else []
    if aside and not facts and IDENTIFIER.match(aside) and table.text.startswith("?"):
        table = TableName(aside)
    kind = unmarked(shape.cell(row, "type"))
    taken = types.take(kind)
    keyed = not taken and bool(_KEY_CELL.match(kind))
    facts += _facts(shape, row, taken[1] if taken else kind if keyed else "")
    description, *remarks = shape.descriptions(row)
    if taken and taken[0] == types.TypeReading("enum") and (listed := _ALL_VALUES.fullmatch(description)):
        taken = (types.TypeReading("enum", values=values_of(listed.group())), taken[1])
    told = [fact for text in (description, *remarks) for fact in _told(text)]
    told += _values_alone(shape.cell(row, "description"), description, facts) if taken else []
    facts += hints(told) if shape.constrains else told
    for name in names:
        reading = taken[0] if taken else None if keyed else _own_type(shape.cell(row, "type"))
        yield from about_column(
            table, name, finish(name, reading, facts, description), source.place(row.line), Notation.TABLE
        )


def _values_alone(cell: str, description: str, facts: Iterable[Fact]) -> list[Fact]:
    """A description that is nothing but words: the values, where they are in code marks or the default is one
    of them."""
    if _CODED_VALUES.fullmatch(cell):
        return [Fact("values", tuple(re.findall(r"`([^`]+)`", cell)))]
    words = tuple(re.split(r"\s*[,/|]\s*", description)) if _ALL_VALUES.fullmatch(description) else ()
    defaults = {str(f.value).strip("'") for f in facts if f.name in ("server_default", "default_word")}
    return [Fact("values", words)] if defaults & set(words) else []


def _own_type(cell: str) -> types.TypeReading | None:
    """A type that the document has to define itself, such as an enum's name."""
    text = unmarked(cell)
    if re.fullmatch(r"`[^`]+`", cell.strip()) and re.search(r"\W", text):
        return types.TypeReading(text)
    name = re.sub(r"\s*\(enum\)\Z|\Aenum\s+", "", text, flags=re.IGNORECASE)
    return types.TypeReading(name) if IDENTIFIER.match(name) or _WITH_LENGTH.match(name) else None


_TOLD = frozenset(
    (
        "nullable",
        "references",
        "on_delete",
        "max_length",
        "unique",
        "check",
        "check_values",
        "primary_key",
        "autoincrement",
        "index",
        "server_default",
        "default_word",
        "on_update",
        "identity",
        "generated",
        "values",
    )
)


def _told(description: str) -> list[Fact]:
    """What a description adds; an index or a key is not stated there."""
    return [f for f in read_prose(description) if f.name in _TOLD]


def _facts(shape: _Shape, row: Row, behind_type: str) -> list[Fact]:
    facts = read(behind_type) + read(shape.cell(row, "constraints"))
    facts += _answers(shape, row)
    if (text := unmarked(shape.cell(row, "default"))) and not re.fullmatch(r"[-—–]+", text):
        facts += _default_cell(text)
    if text := shape.cell(row, "key"):
        facts += read(text) or ([Fact("primary_key", True)] if _YES.match(text) else [])
    if (text := shape.cell(row, "references")) and not _NO.match(text):
        facts += (
            read(text)
            if re.match(r"(?i)\W*(?:fk|foreign|references)", text)
            else read(f"references {unmarked(text)}")
        )
    if (text := shape.cell(row, "length")) and (found := re.fullmatch(r"\d+", text)):
        facts.append(Fact("max_length", int(found.group())))
    return facts


def _default_cell(text: str) -> list[Fact]:
    """A default and what else stands in its cell (`auto-increment`, `now() ON UPDATE`)."""
    rest = read(text)
    if (
        rest
        and not re.match(r"(?i)\W*(?:null\b|default)", text)
        and re.match(r"(?i)\W*auto|.*\bon update\b|generated", text)
    ):
        head = re.split(r"(?i)\s+on\s+update", text)[0]
        return [
            f for f in rest if f.name in ("autoincrement", "on_update", "identity", "auto_update")
        ] + default(head)
    return default(text)


def _answers(shape: _Shape, row: Row) -> list[Fact]:
    """Cells that answer yes or no."""
    facts: list[Fact] = []
    if (nullable := _may_be_null(shape.cell(row, "nullable"))) is not None:
        facts.append(Fact("nullable", nullable))
    else:
        facts += read(shape.cell(row, "nullable"))
    if (required := _answer(shape.cell(row, "required"))) is not None:
        facts.append(Fact("nullable", not required))
    facts += [Fact(role, True) for role in ("unique", "index") if _answer(shape.cell(row, role))]
    return facts


def _may_be_null(cell: str) -> bool | None:
    """The answer in a Nullable column, where NOT NULL means no and NULL means yes."""
    text = unmarked(cell)
    if not text:
        return None
    if re.match(r"(?i)\W*(?:PK|UK|FK|primary)\b", text):
        return None
    if re.match(r"(?i)not\s*null|required|必須|必填|非空", text):
        return False
    if re.match(r"(?i)(?:null|nullable|optional)\b", text):
        return True
    return _answer(cell)


def _answer(cell: str) -> bool | None:
    """Yes, no, or nothing."""
    text = unmarked(cell)
    if not text:
        return None
    if _YES.match(text):
        return True
    return False if _NO.match(text) and text not in ("-", "—", "–") else None
