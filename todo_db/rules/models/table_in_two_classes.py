"""A table is defined by one class."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.expressions import literal
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD414",
    name="table-in-two-classes",
    severity=Severity.ERROR,
    title="Two classes define the same table",
    reason="""
When both are imported SQLAlchemy raises `Table 'tasks' is already defined for this MetaData
instance`. When only one is, the other one grows apart from the database unnoticed, and which of the
two is used depends on what was imported. `extend_existing=True` hides the error and merges the
columns of both: that is a warning.
""",
    example="""
Wrong: `class Task(SQLModel, table=True)` in `models.py` and again in `models/task.py`.

Right: one class, imported by everybody else.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Tables with several classes, at the second and further ones."""
    first: dict[tuple[str, str], ModelClass] = {}
    for cls in (c for c in models.classes if c.is_table and c.table_name):
        key = (cls.schema, str(cls.table_name))
        known = first.setdefault(key, cls)
        if known is cls:
            continue
        merged = any(literal(c.table_option("extend_existing")) is True for c in (known, cls))
        reached = {known.module.name, cls.module.name} <= models.imported
        yield RULE.finding(
            "table",
            cls.object(),
            f"table {cls.table_name} is defined by {_full(known)} and by {_full(cls)}",
            [known.place, cls.place],
            side=SIDE,
            hint="keep one class and import it where the other one was used",
            severity=Severity.WARNING if merged or not reached else RULE.severity,
        )


def _full(cls: ModelClass) -> str:
    return f"{cls.module.name}.{cls.name}"
