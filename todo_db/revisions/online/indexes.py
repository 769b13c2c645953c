"""Indexes are made and dropped CONCURRENTLY, each in a revision of its own.

https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from todo_db.objects.change import Statement
from todo_db.objects.index import Index
from todo_db.objects.names import quote
from todo_db.objects.table import Table
from todo_db.plan import Change
from todo_db.revisions.online.stages import Part, Situation, Way


def parts(change: Change, situation: Situation) -> Sequence[Part] | None:
    """The index of a table that is there already, outside any transaction."""
    index = change.after if change.action == "create" else change.before
    if not isinstance(index, Index) or change.action == "alter" or not can_wait(index, situation):
        return None
    verb = "index" if change.action == "create" else "drop index"
    return [Part(changes=(concurrently(change),), way=Way.APART, what=f"{verb} {index.name}")]


def can_wait(index: Index, situation: Situation) -> bool:
    """Whether PostgreSQL can make and drop the index while others write, and there is any need to."""
    if index.parent in situation.new or _identifies_rows(index, situation):
        return False
    # a partitioned index is only a frame; those of the partitions are indexes like any other, until attached
    return not index.partitioned and (index.valid or index.attached_to is None)


def _identifies_rows(index: Index, situation: Situation) -> bool:
    """Whether subscribers need it: between its end and the next one nothing could be updated."""
    table = situation.before.objects.get(index.parent) if index.parent is not None else None
    return isinstance(table, Table) and table.replica_identity == f"index {index.name}"


def concurrently(change: Change) -> Change:
    """The change outside any transaction, such that it can be run again after it was broken off."""
    index = change.object
    assert isinstance(index, Index)  # noqa: S101
    if change.action == "drop":
        return replace(change, statements=(leftover(index),))
    return replace(change, statements=(leftover(index), *index.create(concurrently=True)))


def leftover(index: Index) -> Statement:
    """Takes away what is there under the name: what was broken off leaves an invalid index."""
    text = f"DROP INDEX CONCURRENTLY IF EXISTS {quote(index.schema, index.name)}"
    return Statement(text, transactional=False)
