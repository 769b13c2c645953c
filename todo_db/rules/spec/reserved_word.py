"""A name is no reserved word."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.names import tables_and_columns
from todo_db.rules.tables import SIDE, Tables

RULE = HouseRule(
    code="TD319",
    name="reserved-word",
    severity=Severity.WARNING,
    title="A name is a reserved word",
    reason="""
A reserved word is a name only in quotes. `SELECT * FROM user` is no error in PostgreSQL: it gives
the name of the role that is connected, and nobody notices for a while. SQLAlchemy quotes by itself,
people in psql and policies do not.

The words are those that `pg_get_keywords()` calls reserved on PostgreSQL 18. Better Auth's own
table `user` is external and is not held to this.
""",
    example="""
Wrong: tables `user`, `order`; columns `end`, `limit`.

Right: `users`, `orders`, `ends_at`, `max_items`.
""",
)
_WORDS = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check
collate collation column concurrently constraint create cross current_catalog current_date
current_role current_schema current_time current_timestamp current_user default deferrable desc
distinct do else end except false fetch for foreign freeze from full grant group having ilike in
initially inner intersect into is isnull join lateral leading left like limit localtime
localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
references returning right select session_user similar some symmetric system_user table tablesample
then to trailing true union unique user using variadic verbose when where window with
"""
RESERVED = frozenset(_WORDS.split())


def check(tables: Tables) -> Iterator[Finding]:
    """Tables and columns with such a name."""
    for name in tables_and_columns(tables):
        if name.text.lower() in RESERVED:
            yield RULE.finding(
                name.kind,
                name.object,
                f"{name.kind} name {name.text} is a reserved word of PostgreSQL",
                [name.place],
                side=SIDE,
                stated=name.text,
                hint="choose another name; as it is it has to be quoted everywhere",
            )
