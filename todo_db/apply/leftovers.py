"""Clears away the invalid index that a broken CREATE INDEX CONCURRENTLY leaves, so that it is built again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todo_db.sources.history import Revision

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

# An index of a partitioned table is invalid until each partition has its own: that is no leftover.
_INVALID = """
    SELECT n.nspname, c.relname, t.relname
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relkind = 'i'
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
"""
_REBUILT = re.compile(r"_cc(?:new|old)\d*$")  # what REINDEX CONCURRENTLY calls its second index


_APART = (b"autocommit_block", b"todo_db.backfill")


def leaves_its_transaction(revision: Revision) -> bool:
    """Whether parts of the revision are committed by themselves, so that it may be carried out by half."""
    text = revision.path.read_bytes()
    return any(word in text for word in _APART)


def clear(connection: Connection, revision: Revision, say: Callable[[str], None]) -> None:
    """Drop the invalid indexes that the revision names: it builds them, and would find the name taken.

    With IF NOT EXISTS it would even pass over them and leave the table without a working index. Nothing is
    asked where the revision keeps to its transaction. An invalid index answers no query, so none is lost.
    """
    from psycopg.pq import TransactionStatus

    if not leaves_its_transaction(revision):
        return
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        return  # an env.py that runs all revisions in one transaction leaves nothing behind
    for schema, index, table in invalid(connection, revision):
        say(f"index {index} on {table} was left invalid by a broken attempt; it is dropped and built anew")
        drop(connection, schema, index)


def invalid(connection: Connection, revision: Revision) -> list[tuple[str, str, str]]:
    """Schema, name and table of each invalid index that the revision names and that nobody is building."""
    text = revision.path.read_text(encoding="utf-8", errors="replace")
    with _autocommit(connection):
        rows = connection.execute(_INVALID).fetchall()
    return [r for r in rows if any(_names(text, name) for name in (r[1], _REBUILT.sub("", r[1])))]


def drop(connection: Connection, schema: str, index: str) -> None:
    """Drop an index while others read and write its table."""
    from psycopg import sql

    with _autocommit(connection):
        connection.execute("SET lock_timeout = 0")  # it waits for others and lets them through
        connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(schema, index)))
        connection.execute("RESET lock_timeout")


@contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    before = connection.autocommit
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = before


def _names(text: str, index: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(index)}(?!\w)", text) is not None
