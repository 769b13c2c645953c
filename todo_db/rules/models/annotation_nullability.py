"""The annotation and the column agree on whether there may be no value."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models, each_once
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD408",
    name="annotation-nullability",
    severity=Severity.WARNING,
    title="The annotation says one thing about None and the column another",
    reason="""
Where a field has an `sa_column`, SQLModel takes nothing from the annotation: `title: str` with
`sa_column=Column(String(200))` is a column that may be null, and then a `str` that is None. The
other way round, `str | None` over NOT NULL passes every type check and fails in the database.

A key or a value that the database fills (server_default, identity) is None in Python until it is
stored, and is not pointed out.
""",
    example="""
Wrong: `title: str = Field(sa_column=Column(String(200)))`.

Right: `title: str = Field(max_length=200)`, or `sa_column=Column(String(200), nullable=False)`.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Fields whose column says something else than their annotation."""
    fields = ((cls, f) for cls in models.tables for f in cls.fields.values())
    for cls, field in each_once(fields):
        optional, nullable = field.annotation.optional, field.nullable
        if optional is None or nullable is None or optional is nullable or _in_key(cls, field):
            continue
        if nullable:
            said, hint = "may be null, but its annotation has no None", "add nullable=False to the column"
        elif field.has_server_value or field.column_option("default_factory") is not None:
            continue
        else:
            said, hint = "is NOT NULL, but its annotation allows None", "take None out of the annotation"
        yield RULE.finding(
            "column",
            cls.object(field.column_name),
            f"{cls.name}.{field.name} {said}",
            [field.place],
            side=SIDE,
            stated="NULL" if nullable else "NOT NULL",
            hint=hint,
        )


def _in_key(cls: ModelClass, field: Attribute) -> bool:
    """Part of the primary key, be it by a constraint: never null, whatever the column says."""
    named = (c for call in cls.constraints("PrimaryKeyConstraint") for c in call.args)
    return field.is_primary or any(getattr(n, "value", None) == field.column_name for n in named)
