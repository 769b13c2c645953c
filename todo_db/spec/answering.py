"""How each question is answered: what an answer may say, and which fact of the specification it becomes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from todo_db.findings import Finding, Place
from todo_db.spec import managers, settling
from todo_db.spec.answering_columns import COLUMNS, TYPES, UnclearError
from todo_db.spec.answering_tables import TABLES, columns_of, named, with_table, within
from todo_db.spec.columns import enum_type, in_list, listed_values
from todo_db.spec.document import (
    CheckSpec,
    ColumnSpec,
    IndexSpec,
    ReferenceSpec,
    Specification,
    TableSpec,
)


def answer_one(spec: Specification, code: str, name: str, text: str, place: Place) -> Specification | None:
    """The specification with one question answered; None where that question is not open.

    code: one of ANSWERABLE. name: the object, as `subjects` gives it. UnclearError: the text is no answer.
    """
    asked = [f for f in spec.findings if f.code == code and named(f.object) == name]
    if code in _OF_READER and not asked:
        return None
    spec = replace(spec, findings=tuple(f for f in spec.findings if f not in asked))
    if code in settling.CODES:
        done = settling.settled(spec, asked, name, text, place)
    elif code in ("TD138", "TD139"):
        done = _definition(spec, asked[0], name, text, place)
    elif code in TABLES:
        table = next((t for t in spec.tables if t.name == name), None)
        done = TABLES[code](spec, table, text, place) if table else None
    elif code == "TD137" and re.search(r"(?i)\bmanaged\s+by\b", text):
        done = _external(spec, name, text, place)
    else:
        done = _column(spec, code, name, text, place)
    return done


def subjects(spec: Specification, code: str) -> list[str]:
    """What the question can be about: tables, columns, or the objects that were asked about."""
    if code in ("TD138", "TD139", *settling.CODES):
        return list(dict.fromkeys(named(f.object) for f in spec.findings if f.code == code))
    if code in TABLES:
        return [t.name for t in spec.tables]
    columns = [f"{t.name}.{c.name}" for t in spec.tables for c in t.columns]
    return [*columns, *(t.name for t in spec.tables)] if code == "TD303" else columns


# ---- columns -------------------------------------------------------------------------------------------


def _column(spec: Specification, code: str, name: str, text: str, place: Place) -> Specification | None:
    tables = []
    hit = False
    declared = {*(e.name for e in spec.enums), *(d.name for d in spec.domains)}
    declared = declared if COLUMNS[code] in TYPES else set()
    for table in spec.tables:
        columns = []
        for column in table.columns:
            said = None
            if name == f"{table.name}.{column.name}" or (code == "TD303" and name == table.name):
                said = {"type": text} if text in declared else COLUMNS[code](table, column, text)
            if said:
                hit = True
                places = column.places | dict.fromkeys(said, place)
                column = replace(column, places=places, **said)  # noqa: PLW2901 - the answered one
            columns.append(column)
        tables.append(replace(table, columns=tuple(columns)) if hit else table)
    return replace(spec, tables=tuple(tables)) if hit else None


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
    table = within(spec, name)
    if table is None:
        return None
    member = name.removeprefix(f"{table.name}.")
    if text.lower() in ("none", "no", "application", "application only", "by the application"):
        return spec
    if asked.kind == "index":
        columns = columns_of(text, table)
        index = IndexSpec(columns=columns, name=member, place=place)
        return with_table(spec, table, replace(table, indexes=(*table.indexes, index)))
    column = next((c for c in table.columns if c.name == member), None)
    values = listed_values(text) or listed_values(asked.sides.get("spec") or "")
    word = re.match(r"(?i)\s*(?P<word>check|enum)\b", text)
    if column is not None and word and word["word"].lower() == "enum" and values:
        changed = replace(column, type=enum_type(values), places=column.places | {"type": place})
        return with_table(
            spec, table, replace(table, columns=tuple(changed if c is column else c for c in table.columns))
        )
    inner = re.fullmatch(r"(?is)\s*(?:check\s*)?\((?P<expr>.*)\)\s*", text)
    if inner:
        check = CheckSpec(expr=inner["expr"].strip(), place=place)
    elif column is not None and word and values:
        check = replace(in_list(column.name, values), place=place)
    else:
        raise UnclearError("CHECK (…), enum('a', 'b'), application, or none")
    return with_table(spec, table, replace(table, checks=(*table.checks, check)))


CONTRADICTIONS: Final = frozenset(f"TD{n}" for n in range(110, 120))
_OF_READER: Final = CONTRADICTIONS | {f"TD{n}" for n in range(130, 140)}
ANSWERABLE: Final = (*sorted({*COLUMNS, *TABLES, *settling.CODES, "TD138", "TD139"}),)
"""The codes of the questions and contradictions that can be answered."""
