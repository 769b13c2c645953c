"""Clears away the invalid index that a broken CREATE INDEX CONCURRENTLY leaves, so that it is built again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from todo_db.sources.history import Revision

if TYPE_CHECKING:
    import psycopg

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


def leaves_its_transaction(revision: Revision) -> bool:
    """Whether parts of the revision are committed by themselves, so that it may be carried out by half."""
    return b"autocommit_block" in revision.path.read_bytes()


def clear(connection: psycopg.Connection[Any], revision: Revision, say: Callable[[str], None]) -> None:
    """Drop the invalid indexes that the revision names: it builds them, and would find the name taken.

    With IF NOT EXISTS it would even pass over them and leave the table without a working index. Nothing is
    asked where the revision keeps to its transaction. An invalid index answers no query, so none is lost.
    """
    if not leaves_its_transaction(revision):
        return
    from psycopg import sql
    from psycopg.pq import TransactionStatus

    if connection.info.transaction_status is not TransactionStatus.IDLE:
        return  # an env.py that runs all revisions in one transaction leaves nothing behind
    text = revision.path.read_text(encoding="utf-8", errors="replace")
    before = connection.autocommit
    connection.autocommit = True
    try:
        for schema, index, table in connection.execute(_INVALID).fetchall():
            if not any(_names(text, name) for name in (index, _REBUILT.sub("", index))):
                continue
            say(
                f"index {index} on {table} was left invalid by a broken attempt; it is dropped and built anew"
            )
            connection.execute("SET lock_timeout = 0")  # it waits for others and lets them through
            connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(schema, index)))
            connection.execute("RESET lock_timeout")
    finally:
        if not connection.closed:
            connection.autocommit = before


def _names(text: str, index: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(index)}(?!\w)", text) is not None
