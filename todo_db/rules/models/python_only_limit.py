"""A limit on values holds in the database too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.expressions import calls, keywords, literal, strings
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD409",
    name="python-only-limit",
    severity=Severity.INFO,
    title="A limit of the model is known to neither the database nor, with table=True, to Python",
    reason="""
`ge`, `le`, `min_length`, `pattern` and pydantic's `constr` and `conint` put nothing in the DDL, and
classes with `table=True` do not validate when they are made: `Task(priority=99)` is accepted and
stored. Even `constr(max_length=200)` makes a VARCHAR without a length; only `Field(max_length=200)`
gives one, and that not beside an `sa_type` or an `sa_column`, which say the whole type.

Limits on a base class without `table=True` are not pointed out: the schemas that share it do
validate. Neither are columns that a CHECK constraint of the class names.
""",
    example="""
Without effect: `priority: int = Field(ge=1, le=5)` in a class with `table=True`.

Right: add `CheckConstraint("priority BETWEEN 1 AND 5", name="chk_task_priority")` to `__table_args__`.
""",
)
_LIMITS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "regex", "pattern")
_TYPES = ("constr", "conint", "confloat", "condecimal", "StringConstraints")
_OF_TYPES = (*_LIMITS, "max_length")


def check(models: Models) -> Iterator[Finding]:
    """Limits in a class with table=True whose column no CHECK names."""
    for cls in models.tables:
        if cls.hides_args:
            continue
        checked = " ".join(s for c in cls.constraints("CheckConstraint") for s in strings(c))
        for field in cls.fields.values():
            limits = list(_limits(field)) if field.owner.is_table else []
            if (
                limits
                and not field.is_opaque
                and field.column_name not in checked
                and not _is_own(cls, field)
            ):
                yield RULE.finding(
                    "column",
                    cls.object(field.column_name),
                    f"the database does not know {', '.join(limits)} of {cls.name}.{field.name}",
                    [field.place],
                    side=SIDE,
                    stated=", ".join(limits),
                    hint="add a CheckConstraint to __table_args__ (max_length belongs in Field)",
                )


def _limits(field: Attribute) -> Iterator[str]:
    given = keywords(field.call)
    yield from _given(given, _LIMITS)
    if _ignores_length(field):
        yield from _given(given, ("max_length",))
    node = field.node.annotation if isinstance(field.node, ast.AnnAssign) else None
    for call in calls(node):
        if field.owner.dotted(call.func).rpartition(".")[2] in _TYPES:
            yield from _given(keywords(call), _OF_TYPES)


def _ignores_length(field: Attribute) -> bool:
    """Whether the column's type is said whole, and is not of the length that stands beside it."""
    own = field.sa_column or field.keyword("sa_type")
    length = literal(field.keyword("max_length"))
    return own is not None and not any(literal(n) == length for n in ast.walk(own) if isinstance(n, ast.expr))


def _given(stated: dict[str, ast.expr], names: tuple[str, ...]) -> Iterator[str]:
    return (f"{name}={ast.unparse(stated[name])}" for name in names if name in stated)


def _is_own(cls: ModelClass, field: Attribute) -> bool:
    """A CHECK that stands in the column itself."""
    return any(field.dotted(c.func).endswith("CheckConstraint") for c in calls(field.call))
