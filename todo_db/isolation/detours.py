"""Attacks by detours: views, which may run with their owner's rights, partitions by name, and functions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from psycopg import sql

from todo_db.isolation.attack import (
    NOT_APPLICABLE,
    OPEN,
    PROVEN,
    UNKNOWN,
    Attack,
    Result,
    of_function,
    result_of,
    verdict,
)
from todo_db.isolation.attempts import EMPTY
from todo_db.isolation.rows import A, B, RowError, insert_sql
from todo_db.isolation.subject import Function, Relation

_CALLS = 40
_FAMILIES = (
    ("integer", "bigint", "smallint", "numeric"),
    ("text", "character varying", "character", "citext"),
    ("uuid",),
)
_SIMPLE: dict[str, Any] = {
    "boolean": True,
    "json": "{}",
    "jsonb": "{}",
    "date": "2000-01-01",
    "timestamp with time zone": "2000-01-01T00:00:00Z",
    "timestamp without time zone": "2000-01-01T00:00:00",
    "interval": "100 years",
    "double precision": 1,
    "real": 1,
}


class DetourAttack(Attack):
    """Everything that the role may try on a view or a partition, or with a function."""

    def view(self, view: Relation) -> Iterator[Result]:
        telling = self.rows.telling()
        if not self.may(view, "select"):
            yield result_of(view, "select", NOT_APPLICABLE)
            return
        if view.kind == "f":
            reason = (
                f"a foreign table, which {self.role} may read: its rows lie elsewhere, and no policy holds"
            )
            yield result_of(view, "select", UNKNOWN, reason)
            return
        if view.kind == "m" and self.wide:
            self.connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(self.sql(view)))
        statement = sql.SQL("SELECT v::text FROM {} v").format(self.sql(view))
        everything = "\n".join(str(row[0]) for row in self.connection.execute(statement))
        if not any(t in everything for t in telling | self.rows.own()):
            yield result_of(view, "select", UNKNOWN, "none of the rows that were made shows up in it")
            return
        for who in (self.who(None, A), EMPTY):
            outcome = self.attempts.run(who, statement)
            crossed = any(t in str(row[0]) for row in outcome.rows for t in telling)
            yield verdict(view, "select", outcome, "another's row shows", crossed)
        if view.kind != "m":
            yield from self._writes(view, telling)

    def _writes(self, view: Relation, telling: frozenset[str]) -> Iterator[Result]:
        """UPDATE, DELETE and INSERT through a view; on a live database of the rows made for it alone."""
        values = {"telling": sorted(telling)}
        only = sql.SQL(
            " AS v WHERE EXISTS (SELECT FROM unnest(%(telling)s::text[]) t WHERE position(t IN v::text) > 0)"
        )
        where = (sql.SQL(""), only) if self.wide else (only,)
        for operation in ("update", "delete"):
            if not self.may(view, operation):
                continue
            for tail in where:
                first = sql.Identifier(view.columns[0].name)
                change = sql.SQL(" SET {0} = {0}").format(first)
                if operation == "delete":
                    statement = sql.SQL("DELETE FROM {}").format(self.sql(view)) + tail
                elif tail is only:
                    named = sql.SQL("UPDATE {} AS v").format(self.sql(view))
                    statement = named + change + sql.SQL(only.as_string(None).removeprefix(" AS v"))
                else:
                    statement = sql.SQL("UPDATE {}").format(self.sql(view)) + change
                given = values if tail is only else None
                outcome = self.attempts.run(self.who(None, A), statement, given, watch=B)
                detail = "another's rows were changed through it"
                crossed = outcome.changed > 0 or (tail is only and outcome.count > 0)
                yield verdict(view, operation, outcome, detail, crossed, other_errors=True)
        if self.may(view, "insert"):
            yield from self._insert(view)

    def _insert(self, view: Relation) -> Iterator[Result]:
        """A row of the other's through the view, which has all the columns that its table asks for."""
        names = {c.name for c in view.columns}
        tried = False
        for table in self.rows.relations.values():
            owned = self.ownerships.get(table.name)
            if not table.is_table or owned is None or not owned.scoped or table.name in self.rows.failed:
                continue
            with self.connection.transaction(force_rollback=True):
                try:
                    values = self.rows.values(table, B, deep=True)
                except RowError:
                    continue
                if not values.keys() <= names:
                    continue
                tried = True
                outcome = self.attempts.run(self.who(None, A), insert_sql(view, values), values)
            detail = "a row for another user was inserted through it"
            yield verdict(view, "insert", outcome, detail, outcome.count > 0, other_errors=True)
        if not tried:
            yield result_of(view, "insert", UNKNOWN, "no row is known that could be inserted through it")

    def function(self, function: Function) -> Iterator[Result]:
        calls = list(self._arguments(function))
        if not calls:
            arguments = ", ".join(function.arguments)
            yield of_function(function, UNKNOWN, f"no values are known for its arguments ({arguments})")
            return
        reasons = []
        name = sql.Identifier(function.schema, function.name)
        for values in calls:
            given_as = [f"%({key})s::{type_}" for key, type_ in zip(values, function.arguments, strict=True)]
            if function.variadic:
                given_as[-1] = f"VARIADIC {given_as[-1]}"
            placeholders = sql.SQL(", ".join(given_as))
            call = "CALL {}({})" if function.procedure else "SELECT x::text FROM {}({}) x"
            statement = sql.SQL(call).format(name, placeholders)
            outcome = self.attempts.run(self.who(None, A), statement, values, watch=B)
            given = {str(v) for v in values.values()}
            shown = "\n".join(str(row[0]) for row in outcome.rows)
            crossed = outcome.changed or any(t in shown for t in self.rows.telling() - given)
            if crossed:
                what = "changed another's rows" if outcome.changed else "shows another's row"
                yield of_function(function, OPEN, f"the function {what}", outcome.statement)
                return
            reasons += [outcome.reason] if outcome.failed and not outcome.refused else []
        if len(reasons) == len(calls):
            yield of_function(function, UNKNOWN, f"it could not be called: {reasons[0]}")
        else:
            yield of_function(function, PROVEN)

    def _arguments(self, function: Function) -> Iterator[dict[str, Any]]:
        """What the other is known by, its ids and what stands in its rows, in up to `_CALLS` combinations."""
        pools = [self._values(type_) for type_ in function.arguments]
        if not all(pools):
            return
        combinations = itertools.product(*(range(len(pool)) for pool in pools))
        # those with the first of each come first, so that no argument stays at one value
        chosen = sorted(itertools.islice(combinations, _CALLS * _CALLS), key=sum)[:_CALLS]
        for places in chosen:
            yield {f"a{i}": pool[place] for i, (pool, place) in enumerate(zip(pools, places, strict=True))}

    def _values(self, type_: str) -> list[Any]:
        """What an argument of the type may be; an array holds one."""
        if type_.endswith("[]"):
            return [[value] for value in self._values(type_.removesuffix("[]"))]
        if type_ in _SIMPLE:
            return [_SIMPLE[type_]]
        family = next((f for f in _FAMILIES if type_ in f), ())
        found = [B.identity(type_, what) for what in ("user", "organization")] if family else []
        for (name, actor), (_, address) in self.rows.made.items():
            if actor != B.name:
                continue
            relation = self.rows.relations[name]
            row = self.rows.read(relation, address) or {}
            keys = [c for c in relation.columns if c.type in family and row.get(c.name) is not None]
            found += [row[c.name] for c in sorted(keys, key=lambda c: c.name not in relation.key)]
        return list(dict.fromkeys(found))
