"""A time stamp is taken with its zone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Finding, Place, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, Models
from todo_db.rules.expressions import calls, keywords, literal
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD410",
    name="naive-now",
    severity=Severity.ERROR,
    title="A time without its zone is stored where a zone is needed",
    reason="""
From SQLModel 0.0.45 on a `datetime` field is TIMESTAMP WITH TIME ZONE and refuses values without a
zone: `default_factory=datetime.utcnow` raises `Datetime values must have timezone information` at
the first insert, and so does `datetime.now` without an argument. Before, the value was taken for
the session's local time.

In a column that was made without a zone (`NaiveDatetime`, `DateTime()`) utcnow still works, and in
code outside a field nobody can tell here; it is deprecated since Python 3.12, so there it is a
warning.
""",
    example="""
Wrong: `created_at: datetime = Field(default_factory=datetime.utcnow)`.

Right: `created_at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))`.
""",
)
_UTCNOW = ("datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp")
_NOW = "datetime.datetime.now"


def check(models: Models) -> Iterator[Finding]:
    """Fields filled with a naive time, and calls of utcnow elsewhere in the models' classes."""
    seen: set[Place] = set()
    for cls in models.tables:
        for field in cls.fields.values():
            name = _naive(field)
            strict = field.annotation.target == "datetime.datetime" and not _own_type(field)
            if name is None or field.place in seen or (name == _NOW and not strict):
                continue
            seen.add(field.place)
            severity = Severity.ERROR if strict else Severity.WARNING
            yield _finding(
                cls.object(field.column_name), f"{cls.name}.{field.name}", name, field.place, severity
            )
    yield from _elsewhere(models)


def _naive(field: Attribute) -> str | None:
    """The naive clock that fills the field, by default or on update."""
    options = ("default_factory", "default", "onupdate")
    given = [field.column_option(o) for o in options] + [field.keyword(o) for o in options]
    return next((name for node in (*given, field.default) if (name := _clock(field, node))), None)


def _clock(field: Attribute, node: ast.expr | None) -> str | None:
    """The clock that an expression reads, where what it gives is naive."""
    if isinstance(node, ast.Lambda):
        return _clock(field, node.body)
    if isinstance(node, ast.Call):
        name = field.dotted(node.func)
        aware = bool(node.args or node.keywords)
        if name in _UTCNOW or (name == _NOW and not aware):
            return name
        return _returned(field.owner.models, name)
    name = field.dotted(node)
    return name if name in _UTCNOW or name == _NOW else _returned(field.owner.models, name)


def _returned(models: Models, name: str) -> str | None:
    """The clock behind a function of the project that does nothing but ask it."""
    found = models.project.function(name) if name else None
    if found is None:
        return None
    module, function = found
    last = function.body[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Call):
        return None
    clock = models.project.follow(module.dotted(last.value.func))
    naive = clock in _UTCNOW or (clock == _NOW and not last.value.args and not last.value.keywords)
    return clock if naive else None


def _own_type(field: Attribute) -> bool:
    """Whether the column's type is given by hand, so that SQLModel's check of the zone is not in it."""
    return field.keyword("sa_type") is not None or field.keyword("sa_column") is not None


def _elsewhere(models: Models) -> Iterator[Finding]:
    """utcnow in the methods and functions of modules that define tables; fields have been looked at."""
    in_fields = {id(n) for cls in models.classes for a in cls.own.values() for n in ast.walk(a.node)}
    for module in {cls.module.name: cls.module for cls in models.tables}.values():
        aware = {id(n) for c in calls(module.tree) if _adds_zone(c) for n in ast.walk(c.func)}
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Attribute) or id(node) in aware or id(node) in in_fields:
                continue
            name = models.project.follow(module.dotted(node))
            if name in _UTCNOW:
                place = models.place(module, node.lineno)
                yield _finding(module.name, f"{module.name}:{node.lineno}", name, place, Severity.WARNING)


def _adds_zone(call: ast.Call) -> bool:
    """`….replace(tzinfo=…)`."""
    tzinfo = keywords(call).get("tzinfo")
    named = isinstance(call.func, ast.Attribute) and call.func.attr == "replace"
    return named and tzinfo is not None and literal(tzinfo) is not None


def _finding(name: str, where: str, clock: str, place: Place, severity: Severity) -> Finding:
    return RULE.finding(
        "column",
        name,
        f"{where} takes its time from {clock.removeprefix('datetime.')}, which has no time zone",
        [place],
        side=SIDE,
        stated=clock.removeprefix("datetime."),
        hint="use lambda: datetime.now(timezone.utc)",
        severity=severity,
    )
