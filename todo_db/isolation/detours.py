"""Attacks by detours: views, which may run with their owner's rights, and functions."""

from __future__ import annotations

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
from todo_db.isolation.rows import A, B
from todo_db.isolation.subject import Function, Relation


class DetourAttack(Attack):
    """Everything that the role may try on a view or with a function."""

    def view(self, view: Relation) -> Iterator[Result]:
        telling = self.rows.telling(B)
        if not self.may(view, "select"):
            yield result_of(view, "select", NOT_APPLICABLE)
            return
        if view.kind == "m" and self.wide:
            self.connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(self.sql(view)))
        statement = sql.SQL("SELECT v::text FROM {} v").format(self.sql(view))
        everything = "\n".join(str(row[0]) for row in self.connection.execute(statement))
        if not any(t in everything for t in telling | self.rows.telling(A)):
            yield result_of(view, "select", UNKNOWN, "none of the rows that were made shows up in it")
            return
        for who in (self.who(None, A), EMPTY):
            outcome = self.attempts.run(who, statement)
            crossed = any(t in str(row[0]) for row in outcome.rows for t in telling)
            yield verdict(view, "select", outcome, "another's row shows", crossed)
        for operation, template in (("delete", "DELETE FROM {}"), ("update", "UPDATE {} SET {} = {}")):
            if not self.wide or view.kind != "v" or not self.may(view, operation):
                continue
            first = sql.Identifier(view.columns[0].name)
            parts = (self.sql(view), first, first)[: template.count("{}")]
            outcome = self.attempts.run(self.who(None, A), sql.SQL(template).format(*parts), watch=B)
            detail = "another's rows were changed through it"
            yield verdict(view, operation, outcome, detail, outcome.changed > 0, other_errors=True)

    def function(self, function: Function) -> Iterator[Result]:
        calls = list(self._arguments(function))
        if not calls:
            arguments = ", ".join(function.arguments)
            yield of_function(function, UNKNOWN, f"no values are known for its arguments ({arguments})")
            return
        reasons = []
        name = sql.Identifier(function.schema, function.name)
        for values in calls:
            placeholders = sql.SQL(", ").join(
                sql.SQL("%({})s::{}").format(sql.SQL(key), sql.SQL(type_))
                for key, type_ in zip(values, function.arguments, strict=True)
            )
            statement = sql.SQL("SELECT x::text FROM {}({}) x").format(name, placeholders)
            outcome = self.attempts.run(self.who(None, A), statement, values, watch=B)
            given = {str(v) for v in values.values()}
            shown = "\n".join(str(row[0]) for row in outcome.rows)
            crossed = outcome.changed or any(t in shown for t in self.rows.telling(B) - given)
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
        """Values of the other actor, as many kinds as there are."""
        rows = [row for (_, name), (row, _) in self.rows.made.items() if name == B.name]
        pool: dict[str, list[Any]] = {}
        for type_ in set(function.arguments):
            identity = [B.identity(type_, w) for w in ("user", "organization")]
            keys = [v for row in rows for v in row.values() if isinstance(v, int) and not isinstance(v, bool)]
            if type_ in ("integer", "bigint"):
                pool[type_] = [*keys, *identity]
            elif type_ in ("text", "character varying", "uuid"):
                pool[type_] = identity
            elif type_ == "boolean":
                pool[type_] = [True]
            else:
                return
        width = max((len(v) for v in pool.values()), default=1)
        for turn in range(min(width, 8)):
            yield {f"a{i}": pool[t][turn % len(pool[t])] for i, t in enumerate(function.arguments)}
