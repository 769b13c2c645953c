"""Every module with tables is imported by the package that the settings name."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.classes import SIDE, Models
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD415",
    name="module-not-imported",
    severity=Severity.WARNING,
    title="A module defines tables, and nothing imports it",
    reason="""
A class becomes part of the metadata when its module is imported. What `models` in `[tool.todo-db]`
names does not lead to this one, so its tables are missing from the comparison, from migrations,
and, where the application does the same, from the application: Alembic would even write a DROP
TABLE.

Nothing is said where the package imports its modules by computed names (`pkgutil`, `importlib`).
""",
    example="""
Wrong: `app/models/comment.py` beside an `app/models/__init__.py` that imports only `task`.

Right: `from app.models.comment import Comment` in `app/models/__init__.py`.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Modules of the named packages that define tables and are not reached."""
    for module in models.modules.values():
        tables = [c for c in models.classes if c.module is module and c.is_table]
        if tables and module.name not in models.imported:
            names = ", ".join(c.name for c in tables)
            yield RULE.finding(
                "module",
                module.name,
                f"module {module.name} defines {names} and is not imported by the models",
                [tables[0].place],
                side=SIDE,
                hint="import it in the package's __init__.py, or name it in [tool.todo-db] models",
            )
