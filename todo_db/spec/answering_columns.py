"""Answers about one column: what the text may say, and which facts of the column it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from todo_db.spec import constraints, types
from todo_db.spec.columns import enum_type
from todo_db.spec.document import UNSAID, ColumnSpec, ReferenceSpec, TableSpec


class UnclearError(Exception):
    """An answer that is none of those that its question takes; the text says which those are."""


Answering = Callable[[TableSpec, ColumnSpec, str], dict[str, Any] | None]
"""The facts of a column that an answer gives; None where that question is not open. UnclearError."""


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
    return _settled_zone(table, column, text)


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


# ---- contradictions: what is stated already is stated anew ---------------------------------------------


def _settled_type(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any]:
    said = _type(table, column, text)
    return {"max_length": UNSAID, "autoincrement": UNSAID} | said


def _settled_zone(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any]:
    said = {"yes": "timestamptz", "no": "timestamp"}.get(text.lower(), text)
    reading = types.read(said)
    if reading is None or reading.type.partition("(")[0] not in ("timestamp", "timestamptz"):
        raise UnclearError("timestamptz or timestamp")
    return {"type": reading.type}


def _settled_target(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any]:
    """The target that is named; ON DELETE and the constraint's name stay where only the target was open."""
    said = target(text)
    stated = column.references
    if said is None or not isinstance(stated, ReferenceSpec):
        return {"references": said}
    rule = stated.on_delete if said.on_delete is UNSAID else said.on_delete
    return {"references": replace(stated, table=said.table, columns=said.columns, on_delete=rule)}


def _settled_rule(table: TableSpec, column: ColumnSpec, text: str) -> dict[str, Any] | None:
    if not isinstance(column.references, ReferenceSpec):
        return None
    open_ = replace(column, references=replace(column.references, on_delete=UNSAID))
    return _on_delete(table, open_, text)


def said_of(text: str, word: str) -> bool:
    """Yes and no, as people say it of a word: `UNIQUE`, `not unique`, `yes`, `no`. UnclearError."""
    low = re.sub(r"[\s_]+", " ", text.strip().lower().rstrip("."))
    if low not in ("yes", "no", "true", "false", word, f"not {word}"):
        raise UnclearError(f"{word.upper()} or NOT {word.upper()}")
    return low in ("yes", "true", word)


COLUMNS: Final[dict[str, Answering]] = {
    "TD111": _settled_type,
    "TD112": _settled_zone,
    "TD113": _nullable,
    "TD114": _default,
    "TD115": _settled_target,
    "TD116": _settled_rule,
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
TYPES: Final = (_type, _settled_type)
"""Those that take a type; one that the specification itself declares is an answer, too."""
