"""A default is set by the database, so that every writer gets it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, Models
from todo_db.rules.expressions import literal
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD411",
    name="python-only-default",
    severity=Severity.INFO,
    title="NOT NULL columns get their defaults from Python only",
    reason="""
`default=` and `default_factory=` act when Python makes the object; the column has no DEFAULT. An
INSERT from psql, another service or a bulk load fails on NOT NULL, and adding such a column to a
table with rows needs a default in the migration. Where the specification asks for a database
default, the comparison reports it as an error (TD210); this is advice about the model alone, once
per class.
""",
    example="""
Before: `completed: bool = Field(default=False)`.

After: `completed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})`.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Classes with NOT NULL columns whose default the database does not know."""
    for cls in models.tables:
        found = [f for f in cls.fields.values() if f.nullable is False and _has_default(f)]
        found = [f for f in found if not f.has_server_value and not f.is_opaque]
        found.sort(key=lambda f: f.place)
        if found:
            yield RULE.finding(
                "table",
                cls.object(),
                f"only Python knows the defaults of {cls.name}: {', '.join(f.name for f in found)}",
                [f.place for f in found],
                side=SIDE,
                hint='add sa_column_kwargs={"server_default": text("…")} beside the Python default',
            )


def _has_default(field: Attribute) -> bool:
    """A value, or something that makes one; None and `...` are none."""
    if field.keyword("default_factory") is not None:
        return True
    positional = field.call.args[:1] if field.call is not None else []
    assigned = (
        [field.default] if not isinstance(field.default, ast.Call) else []
    )  # else a Field of another make
    given = next((n for n in (field.column_option("default"), *positional, *assigned) if n is not None), None)
    return given is not None and literal(given) not in (None, ...)
