"""Rows are filled batch by batch, whatever the table's key: none is left out, none is done twice."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql

from todo_db.backfill import backfill
from todo_db.sources.runner import engine_over

Connection = psycopg.Connection[Any]

TABLES = {
    "integer": ("id integer PRIMARY KEY", "n"),
    "text": ('id text COLLATE "C" PRIMARY KEY', "'ä''%s ' || n"),
    "uuid": ("id uuid PRIMARY KEY", "gen_random_uuid()"),
    "composite": ("a integer, id text, PRIMARY KEY (a, id)", "n % 3, 'x' || n"),
    "no key": ("id integer", "n"),
    "odd names": (
        '"A b" integer, "sel%ect" date, PRIMARY KEY ("sel%ect", "A b")',
        "n, date '2026-01-01' + n % 2",
    ),
}
ROWS = (0, 1, 25)


def fill(db: Connection, *, batch: int = 10) -> int:
    """Run it the way a revision does, on a connection of its own transactions."""
    with engine_over(db) as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with context.begin_transaction(_per_migration=True):
            op = Operations(context)
            return backfill(op, "t", {"v": "'v' || id2"}, where="v IS NULL", batch=batch, say=lambda _: None)


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", TABLES)
def test_every_row_once(db: Connection, name: str, rows: int) -> None:
    columns, values = TABLES[name]
    db.execute(f"CREATE TABLE t ({columns}, id2 serial, v text)".encode())
    db.execute(f"INSERT INTO t SELECT {values} FROM generate_series(1, {rows}) n".encode())
    assert fill(db) == rows
    assert db.execute("SELECT count(*) FROM t WHERE v = 'v' || id2").fetchone() == (rows,)
    assert fill(db) == 0


def test_what_was_broken_off_is_gone_on_with(db: Connection) -> None:
    """A row that cannot be filled stops it; what was done before that is committed, and not done again."""
    db.execute("CREATE TABLE t (id integer PRIMARY KEY, id2 integer, v text CHECK (v <> 'v17'))")
    db.execute("INSERT INTO t SELECT n, n FROM generate_series(1, 25) n")
    with pytest.raises(Exception, match="violates check constraint"):
        fill(db, batch=5)
    assert db.execute("SELECT count(v) FROM t").fetchone() == (15,)
    db.execute("ALTER TABLE t DROP CONSTRAINT t_v_check")
    assert fill(db, batch=5) == 10


def test_the_script_does_the_same(db: Connection) -> None:
    """`alembic upgrade --sql` cannot count: it goes by pages, in partitions, too."""
    db.execute("CREATE TABLE t (id integer, id2 integer, v text) PARTITION BY HASH (id)")
    for number in range(2):
        bounds = f"WITH (MODULUS 2, REMAINDER {number})"
        db.execute(f"CREATE TABLE t{number} PARTITION OF t FOR VALUES {bounds}".encode())
    db.execute("INSERT INTO t SELECT n, n FROM generate_series(1, 3000) n")
    said = io.StringIO()
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    opts = {"as_sql": True, "output_buffer": said, "transaction_per_migration": True}
    context = MigrationContext.configure(dialect=dialect, opts=opts)
    with context.begin_transaction(_per_migration=True):
        backfill(Operations(context), "t", {"v": "'it''s ' || id2"}, where="v IS NULL")
    script = said.getvalue()
    block = script[script.index("DO $backfill$") : script.rindex("$backfill$") + len("$backfill$")]
    before = script[: script.index("DO $backfill$")]
    assert before.rstrip().endswith("COMMIT;")  # it commits by itself, which a transaction would forbid
    db.execute(block.encode(), prepare=False)
    assert db.execute("SELECT count(*) FROM t WHERE v = 'it''s ' || id2").fetchone() == (3000,)
