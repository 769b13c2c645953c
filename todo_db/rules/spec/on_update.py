"""Who refreshes a column on update is said, for PostgreSQL does not."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD317",
    name="on-update",
    severity=Severity.INFO,
    title="A column shall be refreshed on update, which PostgreSQL does not do by itself",
    reason="""
`ON UPDATE CURRENT_TIMESTAMP` on a column is MySQL. PostgreSQL has no such clause (its ON UPDATE
belongs to foreign keys), so a default sets updated_at once and nothing ever moves it. Somebody has
to:

- the application: `Field(sa_column_kwargs={"onupdate": func.now()})`. Every UPDATE that goes
  through SQLAlchemy sets it; psql and other services do not.
- a trigger: `BEFORE UPDATE … FOR EACH ROW EXECUTE FUNCTION set_updated_at()`. It holds for
  everybody.

todo-db takes such a statement as a wish that the application fulfils and compares nothing for it. It is
remarked on once for the whole specification.
""",
    example="""
MySQL: `updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP`.

PostgreSQL: `updated_at timestamptz NOT NULL DEFAULT now()` and, in the model,
`sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()}`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """One finding for all columns with a value for updates."""
    found = [(t, c) for t in tables.own for c in t.spec.columns if c.on_update]
    if found:
        table, column = found[0]
        names = ", ".join(f"{t.name}.{c.name}" for t, c in found)
        yield RULE.finding(
            "column",
            table.object(column.name),
            f"{names}: refreshed on update, which PostgreSQL does not do by itself",
            [t.place(c.name, "on_update") for t, c in found],
            side=SIDE,
            stated=f"ON UPDATE {column.on_update}",
            hint='use onupdate in the model (sa_column_kwargs={"onupdate": func.now()}) or a trigger',
        )
