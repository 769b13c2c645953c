"""ON DELETE SET NULL stands on a column that may be null."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD310",
    name="set-null-not-null",
    severity=Severity.ERROR,
    title="ON DELETE SET NULL on a column that may not be null",
    reason="""
PostgreSQL accepts this without a word; then every delete of a parent row with children fails with a
not-null violation. SQLModel refuses to define such a field.
""",
    example="""
Wrong: `author_id text NOT NULL REFERENCES users(id) ON DELETE SET NULL`.

Right: leave NOT NULL out, or use `ON DELETE CASCADE` or `RESTRICT`.
""",
)


def check(tables: Tables) -> Iterator[Finding]:
    """Foreign keys that would set a NOT NULL column to null."""
    for table in tables.own:
        for key in table.foreign_keys:
            strict = [c for c in key.columns if table.nullable(c) is False]
            if key.target.on_delete == "set null" and strict:
                yield RULE.finding(
                    "foreign key",
                    table.object(*key.columns),
                    f"ON DELETE SET NULL cannot work: {table.name}.{', '.join(strict)} is NOT NULL",
                    [table.place(strict[0], "on_delete"), table.place(strict[0], "nullable")],
                    side=SIDE,
                    stated="NOT NULL, ON DELETE SET NULL",
                    hint="let the column be null, or choose CASCADE or RESTRICT",
                )
