"""A table says when a row was made and when it was changed last."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables, is_time, words
from todo_db.spec.document import ColumnSpec

RULE = HouseRule(
    code="TD302",
    name="row-timestamps",
    severity=Severity.INFO,
    title="A table lacks created_at or updated_at",
    reason="""
When something went wrong, 'which rows did this touch' is answered by these two columns and by
nothing else; they cannot be filled in afterwards. They also give lists a stable order and let
clients ask for what is new.

Tables that only tie others together need neither. Rows that are written once (messages, logs,
events, tokens, and whatever the description calls append-only or immutable) need no updated_at.
Another column that a default sets to now() counts as created_at. Nothing breaks without them, so it
is advice; a project that wants them everywhere says `strict = ["row-timestamps"]`.
""",
    example="""
Wrong: `tags: id, user_id, name`.

Right: add

    created_at timestamptz NOT NULL DEFAULT now()
    updated_at timestamptz NOT NULL DEFAULT now()
""",
)
_CREATED = {"created", "inserted", "creation"}
_UPDATED = {"updated", "modified", "changed", "edited"}
_WORDS = """
log logs event events history histories audit audits message messages activity activities version
versions snapshot snapshots token tokens session sessions verification verifications migration
migrations blacklist revocation revocations archive archives metric metrics
"""
_WRITTEN_ONCE = frozenset(_WORDS.split())
_NOW = ("now(", "current_timestamp", "clock_timestamp", "statement_timestamp", "transaction_timestamp")


def check(tables: Tables) -> Iterator[Finding]:
    """One finding per table, naming what is missing."""
    for table in tables.own:
        if table.is_link or not table.spec.columns:
            continue
        missing = [name for name, there in _expected(table) if not there]
        if missing:
            yield RULE.finding(
                "table",
                table.object(),
                f"table {table.name} has no {' and no '.join(missing)}",
                [table.place()],
                side=SIDE,
                hint="add " + ", ".join(f"{name} timestamptz NOT NULL DEFAULT now()" for name in missing),
            )


def _expected(table: Table) -> Iterator[tuple[str, bool]]:
    columns = table.spec.columns
    yield "created_at", any(_CREATED & set(words(c.name)) or _set_at_birth(c) for c in columns)
    if not _written_once(table):
        yield "updated_at", any(_UPDATED & set(words(c.name)) for c in columns)


def _set_at_birth(column: ColumnSpec) -> bool:
    default = f"{column.server_default or ''} {column.default or ''}".lower()
    return (
        is_time(column) and any(text in default for text in _NOW) and not _UPDATED & set(words(column.name))
    )


def _written_once(table: Table) -> bool:
    said = table.spec.description.lower()
    return bool(_WRITTEN_ONCE & set(words(table.name))) or "append-only" in said or "immutable" in said
