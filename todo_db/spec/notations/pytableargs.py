"""The constraints and indexes in a class's `__table_args__`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from todo_db.findings import Place
from todo_db.spec.constraints import action
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    UniqueSpec,
    Unsaid,
)
from todo_db.spec.notations.pyfields import call_name, is_true, server_default, string
from todo_db.spec.statements import Fact


def table_args(statement: ast.stmt, place: Place) -> Iterator[Fact]:
    """The constraints and indexes in `__table_args__`."""
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    for node in value.elts if isinstance(value, (ast.Tuple, ast.List)) else ():
        if isinstance(node, ast.Call) and (fact := _argument(node, place)):
            yield fact


def _argument(call: ast.Call, place: Place) -> Fact | None:
    kind = call_name(call)
    strings = tuple(s for a in call.args if (s := string(a)) is not None)
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    name: str | Unsaid = string(keywords.get("name")) or UNSAID
    if kind == "UniqueConstraint" and strings:
        return Fact("unique_of", UniqueSpec(columns=strings, name=name, place=place))
    if kind == "CheckConstraint" and call.args:
        text = string(call.args[0]) or (
            string(call.args[0].args[0]) if isinstance(call.args[0], ast.Call) and call.args[0].args else None
        )
        return Fact("check", CheckSpec(expr=text, name=name, place=place)) if text else None
    if kind == "PrimaryKeyConstraint" and strings:
        return Fact("primary_key_of", PrimaryKeySpec(columns=strings, name=name, place=place))
    if kind == "Index":
        return _index(call, keywords, place)
    if kind == "ForeignKeyConstraint" and len(call.args) > 1:
        return _foreign_key(call, keywords, name, place)
    return None


def _index(call: ast.Call, keywords: Mapping[str, ast.expr], place: Place) -> Fact | None:
    columns = tuple(_index_entry(a) for a in call.args[1:])
    where = keywords.get("postgresql_where")
    spec = IndexSpec(
        columns=tuple(c for c in columns if c),
        name=string(call.args[0]) or UNSAID if call.args else UNSAID,
        unique=is_true(keywords.get("unique")),
        method=string(keywords.get("postgresql_using")) or UNSAID,
        where=(server_default(where) or UNSAID) if where is not None else UNSAID,
        place=place,
    )
    return Fact("index_of", spec) if spec.columns else None


def _index_entry(node: ast.expr) -> str | None:
    if (text := string(node)) is not None:
        return text
    source = ast.unparse(node)
    if found := re.fullmatch(r"(?:sa\.)?text\(['\"](.+)['\"]\)", source):
        return found.group(1)
    found = re.fullmatch(r"(?:\w+\.)?(?P<name>\w+)(?:\.(?P<direction>desc|asc)\(\))?", source)
    return f"{found['name']} {(found['direction'] or '').upper()}".strip() if found else None


def _foreign_key(
    call: ast.Call, keywords: Mapping[str, ast.expr], name: str | Unsaid, place: Place
) -> Fact | None:
    own, targets = (_strings(a) for a in call.args[:2])
    tables = {t.rpartition(".")[0] for t in targets}
    if not own or len(tables) != 1:
        return None
    rule, update = string(keywords.get("ondelete")), string(keywords.get("onupdate"))
    reference = ReferenceSpec(
        table=tables.pop(),
        columns=tuple(t.rpartition(".")[2] for t in targets),
        on_delete=action(rule) if rule else UNSAID,
        on_update=action(update) if update else UNSAID,
    )
    return Fact("foreign_key", ForeignKeySpec(columns=own, references=reference, name=name, place=place))


def _strings(node: ast.expr) -> tuple[str, ...]:
    elements = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    return tuple(s for e in elements if (s := string(e)) is not None)
