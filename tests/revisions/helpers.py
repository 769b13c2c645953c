"""Runs generated revisions the way Alembic does, without its folder and its env.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations

from todo_db.compare import compare
from todo_db.plan import Plan, plan
from todo_db.postgres import catalog
from todo_db.revisions import document, render
from todo_db.revisions.document import Draft
from todo_db.revisions.spelling import plainly
from todo_db.schema import Schema
from todo_db.sources.runner import engine_over

Connection = psycopg.Connection[Any]


def draft(message: str, up: Plan, down: Plan, before: Schema, after: Schema) -> str:
    """The file for these plans."""
    found = document.variables([*up.changes, *down.changes])
    names = {key: name for key, (name, _) in found.items()}
    return document.write(
        Draft(
            id="0123456789ab",
            down=None,
            message=message,
            created=dt.datetime(2026, 1, 2, 3, 4, 5),
            upgrade=render.render(plainly(up.changes), before, after, names),
            downgrade=render.render(plainly(down.changes), after, before, names),
            enums=dict(found.values()),
            what=document.describe(up.changes),
        )
    )


@contextmanager
def operations(connection: Connection) -> Iterator[MigrationContext]:
    """Alembic's `op` works on this connection, within one transaction."""
    with engine_over(connection) as sqlalchemy_connection:
        context = MigrationContext.configure(
            sqlalchemy_connection, opts={"transaction_per_migration": True, "fn": lambda *_: []}
        )
        with context.begin_transaction(_per_migration=True), Operations.context(context):
            yield context


def run(source: str, connection: Connection, function: str) -> None:
    """Run upgrade() or downgrade() of a file's text."""
    scope: dict[str, Any] = {}
    exec(compile(source, "revision.py", "exec"), scope)  # noqa: S102
    with operations(connection):
        scope[function]()


def read(connection: Connection, side: str) -> Schema:
    return catalog.read(connection, side=side)


def differences(a: Schema, b: Schema) -> list[str]:
    """What differs, in words for assertions."""
    return [f"{d.key.kind} {d.key.name} {d.fact}: {dict(d.values)}" for d in compare([a, b])]


def round_trip(old: Connection, new: Connection, work: Connection) -> str:
    """The revision from `old` to `new`, proven in `work`, which is like `old`."""
    before, after = read(old, "before"), read(new, "after")
    up, down = plan(before, after), plan(after, before)
    assert not up.refusals, up.refusals
    assert not down.refusals, down.refusals
    source = draft("test", up, down, before, after)
    for function, wanted in (("upgrade", after), ("downgrade", before), ("upgrade", after)):
        run(source, work, function)
        found = read(work, "found")
        assert differences(wanted, found) == [], f"{function}\n{source}"
    return source
