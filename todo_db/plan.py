"""Differences → the changes that turn one schema into another, in an order that works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from todo_db.objects.change import Statement
from todo_db.schema import DbObject, Key, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step: an object is created, altered or dropped.

    before is None for 'create', after is None for 'drop'. changed: the fields that differ ('alter').
    members: what is created or dropped together with a table, in one statement (columns, keys, checks).
    """

    action: Literal["create", "alter", "drop"]
    before: DbObject | None = None
    after: DbObject | None = None
    changed: frozenset[str] = frozenset()
    members: tuple[DbObject, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def object(self) -> DbObject:
        """The object as it is after the change, or before it is dropped."""
        found = self.after or self.before
        assert found is not None  # one of the two is always given  # noqa: S101
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A difference that cannot be turned into statements, with the reason and what would do it."""

    key: Key
    reason: str
    instead: str


@dataclass(frozen=True, slots=True)
class Plan:
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(s for change in self.changes for s in change.statements)


def plan(before: Schema, after: Schema) -> Plan:
    """The changes that turn `before` into `after`.

    External tables of either side are never touched. What `after` leaves unsaid (`accepts`) or does not
    cover stays as it is in `before`.
    """
    raise NotImplementedError
