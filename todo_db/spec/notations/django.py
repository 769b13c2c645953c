"""Fenced Django models, read from their syntax tree and never executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from todo_db.spec.defaults import quoted
from todo_db.spec.document import CheckSpec, IndexSpec, ReferenceSpec, UniqueSpec
from todo_db.spec.markdown import Fence
from todo_db.spec.notations.pyfields import call_name, is_true, string
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Firmness, Force, Notation, Statement, TableName, about_column

_MODEL = re.compile(r"^class\s+\w+\(.*\bModel\b.*\):", re.MULTILINE)
_TYPES: Final = {
    "CharField": "varchar", "EmailField": "varchar(254)", "SlugField": "varchar(50)", "URLField":
    "varchar(200)", "FileField": "varchar(100)", "ImageField": "varchar(100)", "FilePathField":
    "varchar(100)", "TextField": "text", "IntegerField": "integer", "PositiveIntegerField": "integer",
    "BigIntegerField": "bigint", "PositiveBigIntegerField": "bigint", "SmallIntegerField": "smallint",
    "PositiveSmallIntegerField": "smallint", "AutoField": "integer", "BigAutoField": "bigint",
    "SmallAutoField": "smallint", "BooleanField": "boolean", "DateTimeField": "timestamptz", "DateField":
    "date", "TimeField": "time", "DurationField": "interval", "FloatField": "double precision",
    "DecimalField": "numeric", "UUIDField": "uuid", "JSONField": "jsonb", "BinaryField": "bytea",
    "GenericIPAddressField": "inet",
}  # fmt: skip
_KEYS: Final = ("ForeignKey", "OneToOneField")
_RULES: Final = {
    "CASCADE": "cascade", "SET_NULL": "set null", "PROTECT": "restrict", "RESTRICT": "restrict",
    "SET_DEFAULT": "set default", "DO_NOTHING": "no action",
}  # fmt: skip


def read_django(source: Source) -> Iterator[Statement]:
    """Statements of every `class X(models.Model)` in the document's fences of Python."""
    for fence in source.blocks(Fence):
        if fence.language in ("python", "py", "python3", "django", "") and _MODEL.search(fence.text):
            try:
                body = ast.parse(fence.text).body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            for cls in body:
                if isinstance(cls, ast.ClassDef) and _is_model(cls):
                    yield from _table(source, fence, cls)


def _is_model(cls: ast.ClassDef) -> bool:
    meta = _meta(cls)
    return any(ast.unparse(b) in ("models.Model", "Model") for b in cls.bases) and not is_true(
        meta.get("abstract")
    )


def _meta(cls: ast.ClassDef) -> dict[str, ast.expr]:
    """What the class's inner class Meta assigns."""
    return {
        s.targets[0].id: s.value
        for inner in cls.body
        if isinstance(inner, ast.ClassDef) and inner.name == "Meta"
        for s in inner.body
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
    }


def _table(source: Source, fence: Fence, cls: ast.ClassDef) -> Iterator[Statement]:
    meta = _meta(cls)
    stated = string(meta.get("db_table"))
    table = TableName(stated) if stated else TableName(cls.name.lower(), Firmness.ENTITY)
    place = source.place(fence.line + cls.lineno - 1)
    yield Statement(table, "table", "", place, Notation.DJANGO)
    columns: dict[str, str] = {}
    keyed = False
    for statement in cls.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        call = statement.value
        kind = call_name(call)
        if not isinstance(call, ast.Call) or (kind not in _TYPES and kind not in _KEYS):
            continue
        given = {k.arg: k.value for k in call.keywords if k.arg}
        field = statement.targets[0].id
        columns[field] = string(given.get("db_column")) or (f"{field}_id" if kind in _KEYS else field)
        keyed = keyed or is_true(given.get("primary_key"))
        at = source.place(fence.line + statement.lineno - 1)
        facts = [*_facts(kind, call, given), Fact("field", field)]
        if kind.startswith("Positive"):
            facts.append(Fact("check", CheckSpec(expr=f"{columns[field]} >= 0", place=at)))
        yield from about_column(table, columns[field], facts, at, Notation.DJANGO)
    if columns and not keyed:  # Django adds a number called id; how large it is its settings say
        facts = [Fact("primary_key", True, Force.IMPLIED), Fact("autoincrement", True, Force.IMPLIED)]
        yield from about_column(table, "id", facts, place, Notation.DJANGO)
    for fact in _of_meta(meta, columns):
        yield Statement(table, fact.name, fact.value, place, Notation.DJANGO)


def _facts(kind: str, call: ast.Call, given: dict[str, ast.expr]) -> Iterator[Fact]:
    if type_ := _type(kind, given):
        yield Fact("type", type_)
    if is_true(given.get("primary_key")):
        yield Fact("primary_key", True)
    else:
        yield Fact("nullable", is_true(given.get("null")), Force.SAID if "null" in given else Force.IMPLIED)
    if is_true(given.get("unique")) or kind == "OneToOneField":
        yield Fact("unique", True)
    if is_true(given.get("db_index")) or (kind in ("ForeignKey", "SlugField") and "db_index" not in given):
        yield Fact("index", True)
    if kind in _KEYS:
        yield from _reference(call, given)
    if kind.endswith("AutoField"):
        yield Fact("autoincrement", True)
    if is_true(given.get("auto_now")):
        yield Fact("on_update", "now()")
    if "db_default" in given and (text := _value(given["db_default"])) is not None:
        yield Fact("server_default", text)
    if "default" in given and ast.unparse(given["default"]) != "None":
        value = ast.unparse(given["default"])
        yield Fact("default", value if isinstance(given["default"], ast.Constant) else f"{value}()")
    elif is_true(given.get("auto_now_add")):
        yield Fact("default", "timezone.now()")
    if description := string(given.get("help_text")):
        yield Fact("description", description)


def _type(kind: str, given: dict[str, ast.expr]) -> str | None:
    if kind == "CharField":
        length = _number(given.get("max_length"))
        return f"varchar({length})" if length else "varchar"
    if kind in ("EmailField", "SlugField", "URLField") and (length := _number(given.get("max_length"))):
        return f"varchar({length})"
    if kind == "DecimalField":
        digits, places = _number(given.get("max_digits")), _number(given.get("decimal_places"))
        return f"numeric({digits},{places})" if digits and places else "numeric"
    return _TYPES.get(kind)


def _number(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, int) else ""


def _value(node: ast.expr) -> str | None:
    """A constant or `Now()` as SQL."""
    if isinstance(node, ast.Constant):
        value = node.value
        return quoted(value) if isinstance(value, str) else str(value).lower()
    return "now()" if call_name(node) == "Now" else None


def _reference(call: ast.Call, given: dict[str, ast.expr]) -> Iterator[Fact]:
    target = given.get("to") or (call.args[0] if call.args else None)
    if target is None:
        return
    model = string(target) or ast.unparse(target)
    name = (
        "user"
        if model.endswith(("AUTH_USER_MODEL", "get_user_model()"))
        else model.rpartition(".")[2].lower()
    )
    yield Fact("references", ReferenceSpec(table=name))
    rule = given.get("on_delete") or (call.args[1] if len(call.args) > 1 else None)
    said = ast.unparse(rule).rpartition(".")[2] if rule is not None else ""
    if said in _RULES:
        yield Fact("on_delete", _RULES[said])


def _of_meta(meta: dict[str, ast.expr], columns: dict[str, str]) -> Iterator[Fact]:
    """Indexes and constraints of `class Meta`."""
    together = meta.get("unique_together")
    if isinstance(together, (ast.Tuple, ast.List)) and together.elts:
        groups = together.elts if isinstance(together.elts[0], (ast.Tuple, ast.List)) else [together]
        for group in groups:
            if names := _fields(group, columns):
                yield Fact("unique_of", UniqueSpec(columns=names))
    for listed in (meta.get("indexes"), meta.get("constraints")):
        for call in listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else ():
            if not isinstance(call, ast.Call):
                continue
            given = {k.arg: k.value for k in call.keywords if k.arg}
            names = _fields(given.get("fields"), columns)
            named = string(given.get("name"))
            if names and call_name(call) == "Index":
                index = IndexSpec(columns=names, unique=False)
                yield Fact("index_of", _called(index, named))
            elif names and call_name(call) == "UniqueConstraint" and "condition" not in given:
                yield Fact("unique_of", _called(UniqueSpec(columns=names), named))


def _called(spec: IndexSpec | UniqueSpec, name: str | None) -> IndexSpec | UniqueSpec:
    return replace(spec, name=name) if name else spec


def _fields(node: ast.expr | None, columns: dict[str, str]) -> tuple[str, ...]:
    """Names of fields as columns; `-created_at` is descending."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return ()
    said = [string(e) or "" for e in node.elts]
    return tuple(
        columns.get(f.lstrip("-"), f.lstrip("-")) + (" DESC" if f.startswith("-") else "") for f in said if f
    )
