"""A server_default that is SQL is given as SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.classes import SIDE, Models, each_once
from todo_db.rules.expressions import text
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD417",
    name="server-default-quoted",
    severity=Severity.ERROR,
    title="A server_default that is meant as SQL is quoted as text",
    reason="""
A plain string becomes a text literal: `server_default="now()"` is `DEFAULT 'now()'`. PostgreSQL
reads that *once*, while it makes the table, so every row gets the moment of the migration.
`"gen_random_uuid()"` and `"CURRENT_TIMESTAMP"` make the CREATE TABLE fail, and `"'pending'"` stores
the quotes. Plain words and numbers (`"pending"`, `"0"`, `"false"`) are fine.
""",
    example="""
Wrong: `sa_column_kwargs={"server_default": "now()"}`.

Right: `sa_column_kwargs={"server_default": text("now()")}` or `func.now()`.
""",
)
_SQL = re.compile(
    r"\s*(?:[a-z_][\w.]*\s*\(.*\)|'.*'(?:::[\w ]+)?|.*::[a-z_]+"
    r"|current_(?:timestamp|date|time|user)|local(?:timestamp|time)|(?:null|session_user))\s*\Z",
    re.IGNORECASE | re.DOTALL,
)


def check(models: Models) -> Iterator[Finding]:
    """Defaults that are plain strings and look like SQL."""
    fields = ((cls, f) for cls in models.tables for f in cls.fields.values())
    for cls, field in each_once(fields):
        stated = text(field.column_option("server_default"))
        if stated is None or not _SQL.match(stated):
            continue
        literal = "'" + stated.replace("'", "''") + "'"
        yield RULE.finding(
            "column",
            cls.object(field.column_name),
            f"the server_default of {cls.name}.{field.name} becomes text: DEFAULT {literal}",
            [field.place],
            side=SIDE,
            stated=stated,
            hint=f'write text("{stated}")',
        )
