"""Fills columns of a table that is in use: in committed batches; what was broken off is gone on with."""

# ruff: noqa: S608 - names and values are quoted; the expressions are the revision's own

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

BATCH = 5000
"""Rows that are changed, and locked, at a time."""

_BUSY = ("55P03", "40P01")  # no lock in time; deadlock
_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
_TELL_EVERY = 5.0  # seconds
_PAGES = 100

_KEY = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, place), pg_attribute a
    WHERE i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.place <= i.indnkeyatts
      AND i.indrelid = {oid}
    ORDER BY k.place
"""


def backfill(
    op: Any,
    table: str,
    values: Mapping[str, str],
    *,
    where: str,
    schema: str | None = None,
    batch: int = BATCH,
    pause: float = 0.0,
    say: Callable[[str], None] | None = None,
) -> int:
    """Give columns their values wherever `where` holds; gives the number of rows that were changed.

    op: `alembic.op`. values: column → SQL expression over the row. where: SQL that is true for the rows that
    are not done yet, so that a run which was broken off goes on where it was. schema: default: wherever
    search_path finds the table. batch: rows per transaction. pause: seconds between two. Batches go by
    primary key, in a table without one by its pages. A table whose policies would hide rows from this role
    raises instead (row_security is off).
    """
    context = op.get_context()
    work = _Work(schema, table, dict(values), where, batch)
    if context.as_sql:
        with context.autocommit_block():
            op.execute(_unbound(work.script()))
        return 0
    with context.autocommit_block():
        connection = op.get_bind()
        with _all_rows(connection):
            return _run(connection, work, pause, say or _to_stderr)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done, as SQL."""

    schema: str | None
    table: str
    values: Mapping[str, str]
    where: str
    batch: int

    @property
    def name(self) -> str:
        return f"{_quote(self.schema)}.{_quote(self.table)}" if self.schema else _quote(self.table)

    def by_key(self, keys: list[tuple[str, str]], after: tuple[str, ...] | None) -> str:
        """The next batch behind the key `after`; answers with the number of rows and the last key."""
        columns = ", ".join(_quote(name) for name, _ in keys)
        # under other names, so that a name in an expression means the row's own column
        named = ", ".join(f"{_quote(name)} AS __key{n}" for n, (name, _) in enumerate(keys))
        behind = ""
        if after is not None:
            values = ", ".join(f"{_literal(v)}::{type_}" for v, (_, type_) in zip(after, keys, strict=True))
            behind = f"({columns}) > ({values}) AND "
        same = " AND ".join(f"t.{_quote(name)} = __key{n}" for n, (name, _) in enumerate(keys))
        last = ", ".join(f"__key{n}::text" for n in range(len(keys)))
        order = ", ".join(f"__key{n} DESC" for n in range(len(keys)))
        return (
            f"WITH batch AS MATERIALIZED (SELECT {named} FROM {self.name} WHERE {behind}({self.where})"
            f" ORDER BY {columns} LIMIT {self.batch}),"
            f" done AS (UPDATE {self.name} AS t SET {self._assignments()} FROM batch"
            f" WHERE {same} AND ({self.where}) RETURNING 1)"
            f" SELECT (SELECT count(*) FROM done), {last} FROM batch ORDER BY {order} LIMIT 1"
        )

    def by_page(self, relation: str, first: int, last: int) -> str:
        """The rows of some pages."""
        pages = f"ctid >= '({first},0)'::tid AND ctid < '({last},0)'::tid"
        return f"UPDATE ONLY {relation} AS t SET {self._assignments()} WHERE {pages} AND ({self.where})"

    def script(self) -> str:
        """The same for psql, which runs it outside of a transaction: page by page, committing."""
        # without a percent sign, which some configurations of Alembic's offline mode double
        pages = "t.ctid >= ('(' || $1 || ',0)')::tid AND t.ctid < ('(' || $2 || ',0)')::tid"
        rest = f" AS t SET {self._assignments()} WHERE {pages} AND ({self.where})"
        return f"""DO $backfill$
DECLARE
    leaf regclass;
    page bigint;
BEGIN
    FOR leaf IN {_leaves(_literal(self.name) + "::regclass")} LOOP
        FOR page IN 0 .. pg_relation_size(leaf) / current_setting('block_size')::int BY {_PAGES} LOOP
            EXECUTE 'UPDATE ONLY ' || leaf::text || {_literal(rest)} USING page, page + {_PAGES};
            COMMIT;
        END LOOP;
    END LOOP;
END
$backfill$"""

    def _assignments(self) -> str:
        return ", ".join(f"{_quote(column)} = ({expression})" for column, expression in self.values.items())


def _run(connection: Connection, work: _Work, pause: float, say: Callable[[str], None]) -> int:
    total, told = 0, time.monotonic()
    expected = _scalar(connection, f"SELECT reltuples::bigint FROM pg_class WHERE oid = {_oid(work)}")
    for changed in _batches(connection, work):
        total += changed
        if time.monotonic() - told > _TELL_EVERY:
            told = time.monotonic()
            of = f" of about {expected}" if expected and expected >= total else ""
            say(f"{work.table}: {total}{of} rows filled")
        if pause:
            time.sleep(pause)
    return total


def _batches(connection: Connection, work: _Work) -> Iterator[int]:
    """Do batch after batch; each gives how many rows it changed."""
    keys = _rows(connection, _KEY.format(oid=_oid(work)))
    if not keys:
        yield from _by_pages(connection, work)
        return
    after: tuple[str, ...] | None = None
    while True:
        rows = _patiently(connection, work.by_key(keys, after))
        if not rows:
            return
        after = tuple(rows[0][1:])
        yield int(rows[0][0])


def _by_pages(connection: Connection, work: _Work) -> Iterator[int]:
    sizes = "relpages::bigint, pg_relation_size(oid) / current_setting('block_size')::int, reltuples::bigint"
    leaves = _rows(
        connection,
        f"SELECT oid::regclass::text, {sizes} FROM pg_class WHERE oid IN ({_leaves(_oid(work))})",
    )
    for relation, known, pages, rows in leaves:
        per_page = max(1, rows // known) if known and rows > 0 else 1
        step = max(1, work.batch // per_page)
        for first in range(0, pages, step):
            yield _patiently(connection, work.by_page(relation, first, min(first + step, pages)))[0][0]


def _patiently(connection: Connection, sql: str) -> list[Any]:
    """A batch, again after a pause where somebody else holds one of its rows."""
    from sqlalchemy.exc import DBAPIError

    for seconds in _PAUSES:
        try:
            return _rows(connection, sql)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _BUSY:
                raise
            time.sleep(seconds)
    return _rows(connection, sql)


def _rows(connection: Connection, sql: str) -> list[Any]:
    """All rows of a query; of a statement without rows, how many it changed."""
    result = connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
    return list(map(tuple, result.fetchall())) if result.returns_rows else [(result.rowcount,)]


def _scalar(connection: Connection, sql: str) -> Any:
    rows = _rows(connection, sql)
    return rows[0][0] if rows else None


def _oid(work: _Work) -> str:
    return f"{_literal(work.name)}::regclass"


def _leaves(oid: str) -> str:
    """A query for the table, or for those of its partitions that hold rows."""
    tree = f"SELECT relid FROM pg_partition_tree({oid}) WHERE isleaf"
    return f"SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND (oid = {oid} OR oid IN ({tree}))"


@contextmanager
def _all_rows(connection: Connection) -> Iterator[None]:
    """Row level security raises where it would hide rows, as long as the body runs."""
    before = _scalar(connection, "SELECT current_setting('row_security')")
    _rows(connection, "SELECT set_config('row_security', 'off', false)")
    try:
        yield
    finally:
        if not connection.closed and not connection.invalidated:
            _rows(connection, f"SELECT set_config('row_security', {_literal(before)}, false)")


def _unbound(sql: str) -> Any:
    """A statement in which no colon means a parameter."""
    from sqlalchemy import text

    return text(sql.replace(":", "\\:"))


def _quote(name: str) -> str:
    from psycopg.sql import Identifier

    return Identifier(name).as_string()


def _literal(value: str) -> str:
    from psycopg.sql import Literal

    return Literal(value).as_string().strip()


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
