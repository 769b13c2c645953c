"""An enum is stored by its values, which is what everybody else reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models, each_once
from todo_db.rules.expressions import keywords
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD412",
    name="enum-labels",
    severity=Severity.WARNING,
    title="An enum is stored by the names of its members, not by their values",
    reason="""
SQLAlchemy makes a PostgreSQL enum whose labels are the member *names*: `IN_PROGRESS =
"in-progress"` is stored as `IN_PROGRESS`. The API, the specification and every query written by
hand say `in-progress`, which the database refuses (`invalid input value for enum`). Where names and
values are the same nothing is said.
""",
    example="""
Wrong:

    class Status(str, Enum):
        PENDING = "pending"

    status: Status = Status.PENDING

Right: give the type its values,

    sa_type=SAEnum(Status, values_callable=lambda e: [m.value for m in e], name="status")

or keep the column a varchar with a CHECK: `status: Status = Field(sa_type=String(20))`.
""",
)
_ENUMS = ("enum.Enum", "enum.StrEnum")


def check(models: Models) -> Iterator[Finding]:
    """Fields of an enum whose members are called otherwise than their values."""
    fields = ((cls, f) for cls in models.tables for f in cls.fields.values())
    for cls, field in each_once(fields):
        enum = _enum(models, field)
        different = next(_renamed(enum), None) if enum is not None else None
        if enum is None or different is None:
            continue
        label, value = different
        yield RULE.finding(
            "column",
            cls.object(field.column_name),
            f"{cls.name}.{field.name} stores {label!r} for {enum.name}.{label}, not {value!r}",
            [field.place, enum.place],
            side=SIDE,
            stated=label,
            hint="pass values_callable to the Enum type, or name the members as their values",
        )


def _enum(models: Models, field: Attribute) -> ModelClass | None:
    """The Python enum whose member names become labels."""
    given = field.keyword("sa_type") or field.keyword("sa_column")
    if given is None:
        return _enum_class(models, field.annotation.target) if not field.annotation.collection else None
    for call in (n for n in ast.walk(given) if isinstance(n, ast.Call)):
        named = field.dotted(call.func).rpartition(".")[2].lower() == "enum"
        if named and call.args and "values_callable" not in keywords(call):
            return _enum_class(models, field.dotted(call.args[0]))
    return None


def _enum_class(models: Models, dotted: str) -> ModelClass | None:
    found = models.class_at(dotted)
    return (
        found if found is not None and any(b in _ENUMS for c in found.lineage for b in c.base_names) else None
    )


def _renamed(enum: ModelClass) -> Iterator[tuple[str, str]]:
    """Members whose value is another text than their name."""
    lowered = any("enum.StrEnum" in c.base_names for c in enum.lineage)
    for node in enum.node.body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign):
                value = _value(enum, node.value, target.id if lowered else "")
                if value and value != target.id:
                    yield target.id, value


def _value(enum: ModelClass, node: ast.expr, name: str) -> str | None:
    """The text that a member is given; `auto()` gives a StrEnum's member its `name` in lower case."""
    if isinstance(node, ast.Call) and enum.module.dotted(node.func) == "enum.auto":
        return name.lower()
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
