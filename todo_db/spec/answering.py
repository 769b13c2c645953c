"""How each question is answered: what an answer may say, and which fact of the specification it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from todo_db.findings import Finding, Place
from todo_db.schema import display
from todo_db.spec import constraints, managers, types
from todo_db.spec.columns import enum_type, in_list, listed_values
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    Specification,
    TableSpec,
)


class UnclearError(Exception):
    """An answer that is none of those that its question takes; the text says which those are."""


_Column = Callable[[TableSpec, ColumnSpec, str], dict[str, Any] | None]
_Table = Callable[[Specification, TableSpec, str, Place], Specification | None]


def answer_one(spec: Specification, code: str, name: str, text: str, place: Place) -> Specification | None:
    """The specification with one question answered; None where that question is not open.

    code: one of ANSWERABLE. name: the object, as `subjects` gives it. UnclearError: the text is no answer.
    """
    asked = [f for f in spec.findings if f.code == code and _named(f.object) == name]
    if code in _OF_READER and not asked:
        return None
    if code in ("TD138", "TD139"):
        done = _definition(spec, asked[0], name, text, place)
    elif code in _TABLES:
        table = next((t for t in spec.tables if t.name == name), None)
        done = _TABLES[code](spec, table, text, place) if table else None
    elif code == "TD137" and re.search(r"(?i)\bmanaged\s+by\b", text):
        done = _external(spec, name, text, place)
    else:
        done = _column(spec, code, name, text, place)
    if done is None:
        return None
    return replace(done, findings=tuple(f for f in done.findings if f not in asked))


def subjects(spec: Specification, code: str) -> list[str]:
    """What the question can be about: tables, columns, or the objects that were asked about."""
    if code in ("TD138", "TD139"):
        return list(dict.fromkeys(_named(f.object) for f in spec.findings if f.code == code))
    if code in _TABLES:
        return [t.name for t in spec.tables]
    columns = [f"{t.name}.{c.name}" for t in spec.tables for c in t.columns]
    return [*columns, *(t.name for t in spec.tables)] if code == "TD303" else columns


def _named(name: str) -> str:
    """An object as answers call it: without quotes and without the usual schema."""
    return name.replace('"', "").removeprefix("public.")


# ---- columns -------------------------------------------------------------------------------------------


def _column(spec: Specification, code: str, name: str, text: str, place: Place) -> Specification | None:
    tables = []
    hit = False
    for table in spec.tables:
        columns = []
        for column in table.columns:
            said = None
            if name == f"{table.name}.{column.name}" or (code == "TD303" and name == table.name):
                said = _COLUMNS[code](table, column, text)
            if said:
                hit = True
                places = column.places | dict.fromkeys(said, place)
                column = replace(column, places=places, **said)  # noqa: PLW2901 - the answered one
            columns.append(column)
        tables.append(replace(table, columns=tuple(columns)) if hit else table)
    return replace(spec, tables=tuple(tables)) if hit else None


def yes_or_no(text: str) -> bool | None:
    """Yes and no, as people say it of 'may it be null?'; None for anything else."""
    low = re.sub(r"[\s_]+", " ", text.strip().lower().rstrip("."))
    if low in ("not null", "no", "false", "required", "never", "not nullable"):
        return False
    return True if low in ("null", "yes", "true", "nullable", "optional") else None


def _nullable(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any]:
    said = yes_or_no(text)
    if said is None:
        raise UnclearError("NULL or NOT NULL")
    return {"nullable": said}


def _type(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any]:
    reading = types.read(text)
    if reading is None or not text:
        raise UnclearError("a type, such as varchar(200)")
    if reading.type == "enum" and reading.values:
        return {"type": enum_type(reading.values)}
    said: dict[str, Any] = {"type": reading.type}
    return said | {"autoincrement": True} if reading.autoincrement else said


def _zone(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any] | None:
    if not str(column.type).lower().startswith("datetime"):
        return None
    said = {"yes": "timestamptz", "no": "timestamp"}.get(text.lower(), text)
    reading = types.read(said)
    if reading is None or reading.type.partition("(")[0] not in ("timestamp", "timestamptz"):
        raise UnclearError("timestamptz or timestamp")
    return {"type": reading.type}


def target(text: str) -> ReferenceSpec | None:
    """`users.id`, `users(id) ON DELETE CASCADE` or `users`; None for `none`."""
    found = re.match(
        rf"\A(?:FK\s*→\s*)?(?:{constraints.TARGET}|(?P<bare>{constraints.IDENT}))"
        rf"(?:\s*,?\s*ON DELETE (?P<action>{constraints.ACTION}))?\s*\Z",
        text.strip(),
        re.IGNORECASE,
    )
    if text.strip().lower() in ("none", "no", "no foreign key"):
        return None
    if not found:
        raise UnclearError("users.id, users.id ON DELETE CASCADE, or none")
    reference = (
        ReferenceSpec(table=constraints.unquoted(found["bare"]))
        if found["bare"]
        else constraints.target_of(found)
    )
    action = found["action"]
    return replace(reference, on_delete=constraints.action(action)) if action else reference


def _target(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any] | None:
    return {"references": target(text)} if column.references is UNSAID else None


def _default(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any]:
    if not text:
        raise UnclearError("an SQL expression, such as 'pending' or now(), or none")
    return {"server_default": None if text.lower() in ("none", "no default") else text}


def _on_delete(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any] | None:
    if not isinstance(column.references, ReferenceSpec) or column.references.on_delete is not UNSAID:
        return None
    rule = constraints.action(re.sub(r"(?i)\Aon\s+delete\s+", "", text))
    if rule not in ("cascade", "set null", "set default", "restrict", "no action"):
        raise UnclearError("CASCADE, SET NULL, SET DEFAULT, RESTRICT or NO ACTION")
    return {"references": replace(column.references, on_delete=rule)}


def _indexed(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any] | None:
    if column.index is not UNSAID:
        return None
    said = yes_or_no(text) if text.lower() in ("yes", "no", "true", "false") else None
    if said is None:
        raise UnclearError("yes or no")
    return {"index": said}


def _target_table(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any] | None:
    if not isinstance(column.references, ReferenceSpec):
        return None
    reference = target(text)
    if reference is None:
        return {"references": None}
    kept = column.references
    return {"references": replace(kept, table=reference.table, columns=reference.columns or kept.columns)}


_COLUMNS: Final[dict[str, _Column]] = {
    "TD130": _nullable,
    "TD131": _type,
    "TD132": _type,
    "TD133": _target,
    "TD136": _default,
    "TD137": _target_table,
    "TD303": _zone,
    "TD305": _target,
    "TD306": _indexed,
    "TD308": _indexed,
    "TD309": _on_delete,
}


# ---- tables --------------------------------------------------------------------------------------------


def _with(spec: Specification, old: TableSpec, new: TableSpec) -> Specification:
    return replace(spec, tables=tuple(new if t is old else t for t in spec.tables))


def _columns_of(text: str, table: TableSpec) -> tuple[str, ...]:
    """The columns that a text lists, in their own spelling."""
    known = {c.name.lower(): c.name for c in table.columns}
    named = [w.strip().strip('`"').lower() for w in text.strip().strip("()").split(",")]
    if not named or any(n not in known for n in named):
        raise UnclearError(f"columns of {table.name}, such as ({', '.join([*known.values()][:2])})")
    return tuple(known[n] for n in named)


def _primary_key(spec: Specification, table: TableSpec, text: str, place: Place) -> Specification:
    columns = _columns_of(re.sub(r"(?i)\Aprimary\s+key\s*", "", text), table)
    changed = tuple(
        replace(c, primary_key=True, nullable=False, unique=UNSAID, places=c.places | {"primary_key": place})
        if c.name in columns
        else c
        for c in table.columns
    )
    if len(columns) > 1:
        key = PrimaryKeySpec(columns=columns, place=place)
        new = replace(table, columns=changed, primary_key=key)
    else:
        new = replace(table, columns=changed)
    done = _with(spec, table, new)
    moot = {f"{table.name}.{c}" for c in columns}  # a key's column is not null: nobody asks any more
    return replace(
        done,
        findings=tuple(f for f in done.findings if f.code != "TD130" or _named(f.object) not in moot),
    )


def _called(spec: Specification, table: TableSpec, text: str, place: Place) -> Specification:
    if not re.fullmatch(rf"{constraints.IDENT}(?:\.{constraints.IDENT})?", text):
        raise UnclearError("the table's name")
    name = text.strip('"')

    def moved(reference: Any) -> Any:
        ours = isinstance(reference, ReferenceSpec) and reference.table == table.name
        return replace(reference, table=name) if ours else reference

    tables = []
    for other in spec.tables:
        columns = tuple(replace(c, references=moved(c.references)) for c in other.columns)
        keys = tuple(replace(k, references=moved(k.references)) for k in other.foreign_keys)
        changed = replace(other, columns=columns, foreign_keys=keys)
        tables.append(replace(changed, name=name) if other is table else changed)
    old, new = display("public", *table.name.split(".")[-1:]), display("public", *name.split(".")[-1:])

    def renamed(finding: Finding) -> Finding:
        inside = finding.object == old or finding.object.startswith(f"{old}.")
        if not inside or finding.code == "TD135":
            return finding
        return replace(finding, object=new + finding.object.removeprefix(old))

    return replace(spec, tables=tuple(tables), findings=tuple(map(renamed, spec.findings)))


def _owner(spec: Specification, table: TableSpec, text: str, place: Place) -> Specification | None:
    if table.owner is not UNSAID:
        return None
    if text.lower() in ("none", "shared", "null", "nobody", "all"):
        return _with(spec, table, replace(table, owner=None))
    columns = _columns_of(text, table)
    return _with(spec, table, replace(table, owner=columns[0]))


_TABLES: Final[dict[str, _Table]] = {"TD134": _primary_key, "TD135": _called, "TD307": _owner}


# ---- what is asked about by a name of its own ----------------------------------------------------------


def _external(spec: Specification, name: str, text: str, place: Place) -> Specification | None:
    """`managed by better-auth`: the table is stated as somebody else's, with the column relied on."""
    by = managers.managed_by(text) or re.sub(r"(?i)\A(?:is\s+)?managed\s+by\s+", "", text).strip().lower()
    column = next((c for t in spec.tables for c in t.columns if f"{t.name}.{c.name}" == name), None)
    if column is None or not isinstance(column.references, ReferenceSpec):
        return None
    reference = column.references
    stated = ColumnSpec(
        name=(reference.columns or ("id",))[0],
        type=column.type,
        primary_key=True,
        nullable=False,
        place=place,
    )
    table = TableSpec(name=reference.table, managed_by=by, columns=(stated,), place=place)
    if any(t.name == table.name for t in spec.tables):
        return spec  # another answer has stated it
    return replace(spec, tables=(*spec.tables, table))


def _definition(
    spec: Specification, asked: Finding, name: str, text: str, place: Place
) -> Specification | None:
    """The values of a column (TD138), an index or a check (TD139): the SQL of what is meant."""
    table = max(
        (t for t in spec.tables if name.startswith(f"{t.name}.")), key=lambda t: len(t.name), default=None
    )
    if table is None:
        return None
    member = name.removeprefix(f"{table.name}.")
    if text.lower() in ("none", "no", "application", "application only", "by the application"):
        return spec
    if asked.kind == "index":
        columns = _columns_of(text, table)
        index = IndexSpec(columns=columns, name=member, place=place)
        return _with(spec, table, replace(table, indexes=(*table.indexes, index)))
    column = next((c for c in table.columns if c.name == member), None)
    values = listed_values(text) or listed_values(asked.sides.get("spec") or "")
    word = re.match(r"(?i)\s*(?P<word>check|enum)\b", text)
    if column is not None and word and word["word"].lower() == "enum" and values:
        changed = replace(column, type=enum_type(values), places=column.places | {"type": place})
        return _with(
            spec, table, replace(table, columns=tuple(changed if c is column else c for c in table.columns))
        )
    inner = re.fullmatch(r"(?is)\s*(?:check\s*)?\((?P<expr>.*)\)\s*", text)
    if inner:
        check = CheckSpec(expr=inner["expr"].strip(), place=place)
    elif column is not None and word and values:
        check = replace(in_list(column.name, values), place=place)
    else:
        raise UnclearError("CHECK (…), enum('a', 'b'), application, or none")
    return _with(spec, table, replace(table, checks=(*table.checks, check)))


_OF_READER: Final = frozenset({f"TD{n}" for n in range(130, 140)})
ANSWERABLE: Final = (*sorted({*_COLUMNS, *_TABLES, "TD138", "TD139"}),)
"""The codes of the questions that can be answered."""
