"""Attacks on a table: reading, writing, giving away, and pointing to another user's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from psycopg import sql

from todo_db.isolation.attack import (
    NOT_APPLICABLE,
    OPEN,
    PROVEN,
    SYSTEM,
    UNKNOWN,
    Attack,
    Result,
    result_of,
    verdict,
)
from todo_db.isolation.attempts import EMPTY, NOBODY, Outcome, Who
from todo_db.isolation.rows import A, Actor, B, C, RowError, insert_sql, value_of
from todo_db.isolation.subject import Relation
from todo_db.ownership.declared import Owned

_NO_SUCH_VALUE = "22P02"  # an id that is none of this type


class TableAttack(Attack):
    """Everything that the role may try on one table."""

    def table(self, table: Relation) -> Iterator[Result]:
        owned = self.ownerships.get(table.name)
        if owned is None:
            yield from self._undeclared(table)
        elif owned.shared:
            yield from self._shared(table)
        elif table.name in self.rows.failed:
            reason = f"no row could be made: {self.rows.failed[table.name]}"
            yield from (
                result_of(table, o, UNKNOWN, reason) for o in ("select", "insert", "update", "delete")
            )
        else:
            for other in self.others(table):
                yield from self._select(table, owned, other)
                yield from self._insert(table, owned, other)
                yield from self._update(table, owned, other)
                yield from self._delete(table, owned, other)
            yield from self._references(table, owned)
            yield from self._truncate(table)
            yield from self.without_user(table, EMPTY)
            yield from self.without_user(table, NOBODY)  # the session has had a user meanwhile

    def _undeclared(self, table: Relation) -> Iterator[Result]:
        for operation in ("select", "insert", "update", "delete"):
            if self.may(table, operation):
                reason = f"{self.role} may {operation}, and nobody said whose the rows are"
                yield result_of(table, operation, UNKNOWN, reason)
            else:
                yield result_of(table, operation, PROVEN)

    def _shared(self, table: Relation) -> Iterator[Result]:
        yield result_of(table, "select", NOT_APPLICABLE)
        for operation in ("insert", "update", "delete", "truncate"):
            if self.may(table, operation):
                detail = f"{self.role} may {operation} what all users share"
                yield result_of(table, operation, OPEN, detail, f"{operation.upper()} {self.quoted(table)}")
            else:
                yield result_of(table, operation, PROVEN)

    def _select(self, table: Relation, owned: Owned, other: Actor) -> Iterator[Result]:
        if not self.may(table, "select"):
            yield result_of(table, "select", NOT_APPLICABLE)
            return
        if not self._sees(self.who(table, A), table, A, at_own=True)[0]:
            yield result_of(table, "select", UNKNOWN, f"{self.role} does not even see its own row")
            return
        for who, what in self._disguises(table, owned, other):
            for lock in ("", " FOR UPDATE") if self.may(table, "update") else ("",):
                for narrow in (True, False) if self.wide else (True,):
                    seen, outcome = self._sees(who, table, other, at_own=narrow, lock=lock)
                    if seen:
                        yield result_of(
                            table, "select", OPEN, f"{what} sees another's row", outcome.statement
                        )
                        return
        yield result_of(table, "select", PROVEN)

    def _disguises(self, table: Relation, owned: Owned, other: Actor) -> Iterator[tuple[Who, str]]:
        yield self.who(table, A), "a user"
        if owned.organization and self.ownerships.membership is not None and not owned.membership:
            yield self.who(table, A, organization=B), "a user who claims another's organization"
        yield Who("%", "%"), "a user called %"
        yield from self._namesakes(table, other)

    def _namesakes(self, table: Relation, other: Actor) -> Iterator[tuple[Who, str]]:
        """Users of whom a policy that compares loosely takes one for the other."""
        theirs = self.who(table, other)
        if not str(theirs.user).startswith("user_"):
            return  # numbers and uuids have no namesakes
        for name, words in (
            (lambda x: ".*", "a user called .*"),
            (str.upper, "a user whose id differs in case"),
            (lambda x: f" {x} ", "a user whose id differs in blanks"),
            (lambda x: x[:-1], "a user whose id is the beginning of another's"),
            (lambda x: f"{x}2", "a user whose id goes on where another's ends"),
        ):
            yield Who(name(theirs.user), name(str(theirs.organization))), words
            if theirs.organization is not None and self.others(table) != (B,):
                yield Who(name(theirs.user), theirs.organization), words

    def without_user(self, table: Relation, who: Who) -> Iterator[Result]:
        owned = self.ownerships.get(table.name)
        if owned is None or owned.shared or table.name in self.rows.failed or not self.may(table, "select"):
            return
        words = {NOBODY: "without a user", EMPTY: "with an empty user"}[who]
        for actor in (A, B):
            seen, outcome = self._sees(who, table, actor, at_own=not self.wide)
            if seen:
                yield result_of(table, "select", OPEN, f"rows are seen {words}", outcome.statement)

    def _sees(
        self, who: Who, table: Relation, actor: Any, *, at_own: bool, lock: str = ""
    ) -> tuple[bool, Outcome]:
        """Whether the role sees that actor's row. at_own: asking for that row only."""
        names = self.named_by(table)
        columns: sql.Composable = sql.SQL("tableoid, ctid::text")
        if names != SYSTEM:
            columns = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(n)) for n in names)
        asked = sql.SQL("SELECT {} FROM {}").format(columns, self.sql(table))
        where, values = self.at(table, actor)
        wanted = self.rows.made[table.name, actor.name][1] if names == SYSTEM else tuple(values.values())
        statement = asked + (where if at_own else sql.SQL("")) + sql.SQL(lock)
        outcome = self.attempts.run(who, statement, values if at_own else None)
        return wanted in outcome.rows, outcome

    def _insert(self, table: Relation, owned: Owned, other: Actor) -> Iterator[Result]:
        if not self.may(table, "insert"):
            yield result_of(table, "insert", NOT_APPLICABLE)
            return
        control, _ = self._try_insert(self.who(table, A), table, A)
        # where the owner is the key there is one row for each: a third, who has none, stands for the other
        single = set(table.key) <= {owned.user, owned.organization}
        if control.failed and not owned.membership and not single:
            detail = f"{self.role} cannot even insert its own row: {control.reason}"
            yield result_of(table, "insert", UNKNOWN, detail)
            return
        tries = [
            (self.who(table, A), C if single else other, "a row for another user"),
            (EMPTY, C if single else A, "a row without being anybody"),
        ]
        for who, actor, what in tries:
            outcome, _ = self._try_insert(who, table, actor)
            yield verdict(table, "insert", outcome, f"{what} was inserted", outcome.count > 0)
        if owned.membership and other is B:
            values = {**self.rows.made[table.name, B.name][0]}
            column = table.column(owned.user or "")
            values[owned.user or ""] = A.identity(column.type if column else "text", "user")
            outcome = self.attempts.run(self.who(table, A), insert_sql(table, values), values)
            what = "a user made itself a member of another's organization"
            yield verdict(table, "insert", outcome, what, outcome.count > 0)
        yield from self._upsert(table, other)

    def _try_insert(self, who: Who, table: Relation, actor: Any) -> tuple[Outcome, dict[str, Any]]:
        """Insert a new row of `actor` that the superuser could insert."""
        values: dict[str, Any] = {}
        with self.connection.transaction(force_rollback=True):
            try:
                values = self.rows.values(table, actor, deep=True)
            except RowError as error:
                return Outcome(sqlstate="?", reason=str(error)), {}
            return self.attempts.run(who, insert_sql(table, values), values), values

    def _upsert(self, table: Relation, other: Actor) -> Iterator[Result]:
        """INSERT … ON CONFLICT DO UPDATE that meets the other's row."""
        if not table.key or not self.may(table, "update"):
            return
        theirs = self.rows.read(table, self.rows.made[table.name, other.name][1]) or {}
        mine = self.rows.read(table, self.rows.made[table.name, A.name][1]) or {}
        values = {k: v for k, v in mine.items() if (c := table.column(k)) and not c.given and v is not None}
        values |= {k: theirs[k] for k in table.key if k in values}
        keys = sql.SQL(", ").join(sql.Identifier(k) for k in table.key)
        sets = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(k)) for k in values)
        insert = insert_sql(table, values)
        statement = sql.SQL("{} ON CONFLICT ({}) DO UPDATE SET {}").format(insert, keys, sets)
        outcome = self.attempts.run(self.who(table, A), statement, _adapted(values), watch=other)
        detail = "an upsert changed another's row"
        yield verdict(table, "update", outcome, detail, outcome.changed > 0, other_errors=True)

    def _update(self, table: Relation, owned: Owned, other: Actor) -> Iterator[Result]:
        if not self.may(table, "update"):
            yield result_of(table, "update", NOT_APPLICABLE)
            return
        name = self._updatable(table)
        if name is None:
            yield result_of(table, "update", NOT_APPLICABLE)
            return
        update = sql.SQL("UPDATE {{}} SET {0} = {0}").format(sql.Identifier(name)).as_string(None)
        if self._write(self.who(table, A), update, table, A).count != 1:
            yield result_of(table, "update", UNKNOWN, f"{self.role} cannot even update its own row")
        else:
            for who, _ in self._disguises(table, owned, other):
                outcome = self._write(who, update, table, other)
                detail, wrong_id = "another's row was updated", outcome.sqlstate == _NO_SUCH_VALUE
                yield verdict(table, "update", outcome, detail, outcome.count > 0, other_errors=wrong_id)
            for who in (EMPTY, NOBODY):
                outcome = self._write(who, update, table, A)
                detail = "a row was updated without being anybody"
                yield verdict(table, "update", outcome, detail, outcome.count > 0, other_errors=True)
            if self.wide:
                yield self._blind_update(table, name, other)
        yield from self._give_away(table, owned, other)

    def _blind_update(self, table: Relation, name: str, other: Actor) -> Result:
        """An UPDATE that reads nothing: policies for SELECT have no say in it."""
        mine = self.rows.read(table, self.rows.made[table.name, A.name][1]) or {}
        statement = sql.SQL("UPDATE {} SET {} = %(value)s").format(self.sql(table), sql.Identifier(name))
        outcome = self.attempts.run(
            self.who(table, A), statement, _adapted({"value": mine.get(name)}), watch=other
        )
        return verdict(table, "update", outcome, "another's row was updated", outcome.changed > 0)

    def _give_away(self, table: Relation, owned: Owned, other: Actor) -> Iterator[Result]:
        """Change one's own row so that it is another's."""
        theirs = self.rows.read(table, self.rows.made[table.name, other.name][1]) or {}
        columns = [c for c in (owned.user, owned.organization) if c]
        columns += [owned.through.column] if owned.through else []
        mine = self.rows.read(table, self.rows.made[table.name, A.name][1]) or {}
        columns = [c for c in columns if theirs.get(c) != mine.get(c)]  # colleagues share an organization
        for column in columns:
            where, at = self.at(table, A)
            statement = sql.SQL("UPDATE {} SET {} = %(value)s").format(
                self.sql(table), sql.Identifier(column)
            )
            values = {"value": theirs.get(column), **at}
            # without a WHERE nothing is read, and policies for SELECT have no say in what comes of the row
            for tail in (where, sql.SQL("")) if self.wide else (where,):
                outcome = self.attempts.run(self.who(table, A), statement + tail, values)
                detail = f"a row was given to another user by its {column}"
                yield verdict(table, "update", outcome, detail, outcome.count > 0, other_errors=True)

    def _delete(self, table: Relation, owned: Owned, other: Actor) -> Iterator[Result]:
        if not self.may(table, "delete"):
            yield result_of(table, "delete", NOT_APPLICABLE)
            return
        for who, _ in self._disguises(table, owned, other):
            outcome = self._write(who, "DELETE FROM {}", table, other)
            detail, wrong_id = "another's row was deleted", outcome.sqlstate == _NO_SUCH_VALUE
            yield verdict(table, "delete", outcome, detail, outcome.count > 0, other_errors=wrong_id)
        for who in (EMPTY, NOBODY):
            outcome = self._write(who, "DELETE FROM {}", table, A)
            detail = "a row was deleted without being anybody"
            yield verdict(table, "delete", outcome, detail, outcome.count > 0, other_errors=True)
        if self.wide:
            outcome = self._write(self.who(table, A), "DELETE FROM {}", table, None, watch=other)
            detail = f"{outcome.changed} rows of another user went with it"
            yield verdict(table, "delete", outcome, detail, outcome.changed > 0, other_errors=True)

    def _write(
        self, who: Who, template: str, table: Relation, actor: Actor | None, *, watch: Actor = B
    ) -> Outcome:
        """A write to one row, or to all where there is no actor."""
        if actor is None:
            return self.attempts.run(who, sql.SQL(template).format(self.sql(table)), watch=watch)
        where, values = self.at(table, actor)
        return self.attempts.run(who, sql.SQL(template).format(self.sql(table)) + where, values)

    def _updatable(self, table: Relation) -> str | None:
        """A column that the role may change; one that is no key and no reference where there is one."""
        busy = {own for r in table.references for own, _ in r.pairs} | set(table.key)
        for column in sorted(table.columns, key=lambda c: c.name in busy):
            row = self.connection.execute(
                "SELECT has_column_privilege(%s, %s, %s, 'UPDATE')",
                (self.role, self.quoted(table), column.name),
            ).fetchone()
            if row and row[0] and not column.given:
                return column.name
        return None

    def _references(self, table: Relation, owned: Owned) -> Iterator[Result]:
        """Point from one's own row to another's: foreign keys themselves look past every policy."""
        decides = {owned.user, owned.organization, owned.through.column if owned.through else None}
        found = False
        for reference in table.references:
            target = self.ownerships.get(reference.target)
            pairs = [(own, theirs) for own, theirs in reference.pairs if own not in decides]
            if target is None or not target.scoped or not pairs or not self.may(table, "insert"):
                continue
            if (reference.target, B.name) not in self.rows.made:
                continue
            found = True
            with self.connection.transaction(force_rollback=True):
                try:
                    values = self.rows.values(table, A, deep=True)
                except RowError as error:
                    yield result_of(table, "references", UNKNOWN, str(error))
                    continue
                target_row = self.rows.read(
                    self.rows.relations[reference.target], self.rows.made[reference.target, B.name][1]
                )
                values |= {own: (target_row or {}).get(theirs) for own, theirs in pairs}
                outcome = self.attempts.run(self.who(table, A), insert_sql(table, values), values)
                nowhere = values | {own: self._nothing(reference.target, theirs) for own, theirs in pairs}
                missing = self.attempts.run(self.who(table, A), insert_sql(table, nowhere), nowhere)
            columns = ", ".join(own for own, _ in pairs)
            detail = f"{columns} refers to another's row of {reference.target}"
            yield verdict(table, "references", outcome, detail, outcome.count > 0)
            if outcome.refused and missing.refused and outcome.sqlstate != missing.sqlstate:
                detail = f"{columns} tells whether another's row of {reference.target} exists, by the error"
                yield result_of(table, "references", OPEN, detail, outcome.statement)
        if not found:
            yield result_of(table, "references", NOT_APPLICABLE)

    def _nothing(self, table: str, name: str) -> Any:
        """A key that no row has."""
        column = self.rows.relations[table].column(name)
        return value_of(column, 9999, C) if column is not None else None

    def _truncate(self, table: Relation) -> Iterator[Result]:
        """No policy holds TRUNCATE, so the privilege decides."""
        if self.may(table, "truncate"):
            detail = f"{self.role} may TRUNCATE, which no policy holds"
            yield result_of(table, "truncate", OPEN, detail, f"TRUNCATE {self.quoted(table)}")
        else:
            yield result_of(table, "truncate", PROVEN)


def _adapted(values: dict[str, Any]) -> dict[str, Any]:
    """Values that were read, so that they can be written: documents go back as text."""
    return {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in values.items()}
