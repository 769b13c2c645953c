"""Compiles statements so that every table in them holds this user's rows only, wherever in them it stands.

It works on what SQLAlchemy renders at last, after the ORM: aliases, joins, subqueries, CTEs, unions, lazy
loads, refreshes and the unit of work's own statements all pass here. What it does not know, it refuses.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.sql import and_
from sqlalchemy.sql.expression import (
    CTE,
    Alias,
    FromClause,
    FunctionElement,
    Join,
    Lateral,
    Subquery,
    TableClause,
    TableValuedAlias,
    Values,
)
from sqlalchemy.sql.selectable import FromGrouping

from todo_db.access.criteria import criterion, declared
from todo_db.access.errors import UnscopedError
from todo_db.access.functions import SAFE
from todo_db.ownership.declared import Ownerships

_RAW = "write it with select(), insert(), update(), delete() of models, or use session.raw(sql, reason=…)"
_LITERAL = re.compile(r"""\*|[\w.]+|"[^"]*"|'[^']*'""")
_OPERATOR = re.compile(r"(?!.*(?:--|/\*))[-+*/<>=~!@#%^&|?]{1,8}")
_OPERATOR_WORDS = frozenset(
    {"LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE", "SIMILAR TO", "OVERLAPS", "AT TIME ZONE"}
    | {"IS DISTINCT FROM", "IS NOT DISTINCT FROM", "AND", "OR", "IS", "IS NOT"}
)
# What a FROM may consist of beside tables: each renders its own contents through this compiler.
_CONTAINERS = (Subquery, CTE, Lateral, Values, TableValuedAlias, FunctionElement)


def refuse(what: str, hint: str) -> NoReturn:
    raise UnscopedError(what, hint=hint)


class ScopedCompiler(PGCompiler_psycopg):
    """PostgreSQL's compiler, with the owner's condition on every table.

    The dialect carries `ownerships`. The names below are SQLAlchemy's; each override says what it closes.
    """

    # ---- SELECT: conditions go to WHERE, or to ON on the side of a join that may be absent

    def _compose_select_body(  # noqa: PLR0917  # SQLAlchemy's
        self,
        text: str,
        select: Any,
        compile_state: Any,
        inner_columns: Any,
        froms: Any,
        byfrom: Any,
        toplevel: bool,
        kwargs: Any,
    ) -> str:
        conditions: list[Any] = []
        froms = [self._scoped(f, conditions) for f in froms]
        if conditions:
            select = select.where(*conditions)
        return super()._compose_select_body(  # type: ignore[no-untyped-call,no-any-return]
            text, select, compile_state, inner_columns, froms, byfrom, toplevel, kwargs
        )

    def _scoped(self, from_: FromClause, conditions: list[Any]) -> FromClause:
        """The same FROM element; what its tables need is added to `conditions`, or to joins within it."""
        if isinstance(from_, Join):
            return self._scoped_join(from_, conditions)
        if isinstance(from_, FromGrouping):
            return FromGrouping(self._scoped(from_.element, conditions))
        leaf = from_
        while isinstance(leaf, Alias):
            leaf = leaf.element
        if isinstance(leaf, TableClause):
            owned = declared(leaf, self.ownerships)
            if (condition := criterion(owned, from_, self.ownerships)) is not None:
                conditions.append(condition)
            self._sanctioned.add(id(leaf))
            return from_
        if not isinstance(leaf, _CONTAINERS):
            refuse(f"the FROM holds a {type(leaf).__name__}, which cannot be held to one user's rows", _RAW)
        return from_

    def _scoped_join(self, join: Join, conditions: list[Any]) -> Join:
        if join.full:
            refuse("a FULL JOIN cannot be held to one user's rows", "use a union of two outer joins")
        left = self._scoped(join.left, conditions)
        of_right: list[Any] = [] if join.isouter else conditions
        right = self._scoped(join.right, of_right)
        assert join.onclause is not None  # noqa: S101  # every join but CROSS, which is none, has one
        onclause = and_(join.onclause, *of_right) if join.isouter else join.onclause
        return Join(left, right, onclause, isouter=join.isouter)

    # ---- UPDATE and DELETE: the target's condition, and those of further tables, go to WHERE

    def visit_update(self, update_stmt: Any, visiting_cte: Any = None, **kw: Any) -> str:
        self._refuse_nested(update_stmt, visiting_cte)
        return super().visit_update(self._scoped_write(update_stmt), visiting_cte=visiting_cte, **kw)

    def visit_delete(self, delete_stmt: Any, visiting_cte: Any = None, **kw: Any) -> str:
        self._refuse_nested(delete_stmt, visiting_cte)
        return super().visit_delete(  # type: ignore[no-untyped-call,no-any-return]
            self._scoped_write(delete_stmt), visiting_cte=visiting_cte, **kw
        )

    def _scoped_write(self, statement: Any) -> Any:
        if not isinstance(statement.table, TableClause):
            refuse("the target of a write must be a table", _RAW)
        conditions: list[Any] = []
        self._scoped(statement.table, conditions)
        self._written.add(statement.table.fullname)
        return statement.where(*conditions) if conditions else statement

    def update_from_clause(
        self, update_stmt: Any, from_table: Any, extra_froms: Any, from_hints: Any, **kw: Any
    ) -> str:
        self._refuse_extra(extra_froms)
        return super().update_from_clause(update_stmt, from_table, extra_froms, from_hints, **kw)  # type: ignore[no-untyped-call,no-any-return]

    def delete_extra_from_clause(
        self, delete_stmt: Any, from_table: Any, extra_froms: Any, from_hints: Any, **kw: Any
    ) -> str:
        self._refuse_extra(extra_froms)
        return super().delete_extra_from_clause(delete_stmt, from_table, extra_froms, from_hints, **kw)  # type: ignore[no-untyped-call,no-any-return]

    def _refuse_extra(self, extra_froms: Any) -> None:
        if not all(isinstance(f, _CONTAINERS) for f in extra_froms):
            refuse(
                "an UPDATE or DELETE over several tables cannot be held to one user's rows",
                "name the other table's rows in a subquery: .where(Task.id.in_(select(…)))",
            )

    # ---- INSERT: the values are checked by `writes` when it is executed

    def visit_insert(
        self, insert_stmt: Any, visited_bindparam: Any = None, visiting_cte: Any = None, **kw: Any
    ) -> str:
        self._refuse_nested(insert_stmt, visiting_cte)
        owned = declared(insert_stmt.table, self.ownerships)
        self._written.add(insert_stmt.table.fullname)
        after = getattr(insert_stmt, "_post_values_clause", None)
        if after is not None and type(after).__name__ != "OnConflictDoNothing":
            refuse(
                f"ON CONFLICT DO UPDATE on {owned.table} may meet another user's row",
                "use on_conflict_do_nothing(), then repository.update(…)",
            )
        return super().visit_insert(insert_stmt, visited_bindparam, visiting_cte, **kw)  # type: ignore[no-untyped-call,no-any-return]

    def _refuse_nested(self, statement: Any, cte: Any) -> None:
        if self.stack or cte is not None:
            refuse(
                f"{type(statement).__name__.upper()} within a WITH cannot be checked", "execute it by itself"
            )

    # ---- a table that reached this place by a way unknown to us is not rendered

    def visit_table(self, table: Any, asfrom: bool = False, **kw: Any) -> str:  # type: ignore[override]
        known = table.fullname in self._written if kw.get("iscrud") else id(table) in self._sanctioned
        if asfrom and not known:
            refuse(f"{table.name} is used in a way that cannot be held to one user's rows", _RAW)
        return super().visit_table(table, asfrom=asfrom, **kw)  # type: ignore[no-untyped-call,no-any-return]

    def visit_tablesample(self, tablesample: Any, asfrom: bool = False, **kw: Any) -> str:
        refuse("TABLESAMPLE cannot be held to one user's rows", "order by func.random() and limit")

    # ---- text: nobody can say what it reads

    def visit_textclause(self, textclause: Any, add_to_result_map: Any = None, **kw: Any) -> str:
        refuse("text() cannot be held to one user's rows", _RAW)

    def visit_textual_select(self, taf: Any, *args: Any, **kw: Any) -> str:
        refuse("text() cannot be held to one user's rows", _RAW)

    def visit_tstring(self, tstring: Any, *args: Any, **kw: Any) -> str:
        refuse("tstring() cannot be held to one user's rows", _RAW)

    def get_statement_hint_text(self, hint_texts: Any) -> str:
        refuse("a hint is text, which cannot be held to one user's rows", _RAW)

    def format_from_hint_text(self, *args: Any) -> str:
        refuse("a hint is text, which cannot be held to one user's rows", _RAW)

    def escape_literal_column(self, text: str) -> str:
        """literal_column() and op() are text, too: only names, numbers, strings and operators pass."""
        word = text.strip()
        known = _LITERAL.fullmatch(word) or _OPERATOR.fullmatch(word) or word.upper() in _OPERATOR_WORDS
        if not known:
            refuse(f"{text[:40]!r} is text, which cannot be held to one user's rows", _RAW)
        return super().escape_literal_column(text)  # type: ignore[no-untyped-call,no-any-return]

    def visit_extract(self, extract: Any, **kw: Any) -> str:
        if not str(extract.field).isidentifier():
            refuse("the field of extract() is text, which cannot be held to one user's rows", _RAW)
        return super().visit_extract(extract, **kw)  # type: ignore[no-untyped-call,no-any-return]

    def visit_function(self, func: Any, add_to_result_map: Any = None, **kwargs: Any) -> str:
        """A function may run with other rights, or read a query from a string: only known ones pass."""
        name = ".".join((*func.packagenames, func.name)).lower()
        if name not in SAFE and name not in self._functions:
            refuse(
                f"nobody said that the function {name} keeps to one user's rows",
                "name it in scope(…, functions=…) once you know, or use session.raw(sql, reason=…)",
            )
        return super().visit_function(func, add_to_result_map, **kwargs)

    def visit_array_func(self, fn: Any, **kw: Any) -> str:
        return "ARRAY" + self.function_argspec(fn, **kw)

    def visit_todo_db_setting(self, element: Any, **kw: Any) -> str:
        text = f"(SELECT nullif(current_setting('{element.name}', true), ''))"
        return text if element.type_ == "text" else f"CAST({text} AS {element.type_})"

    @property
    def ownerships(self) -> Ownerships:
        return self.dialect.todo_db_ownerships  # type: ignore[attr-defined,no-any-return]

    @property
    def _functions(self) -> frozenset[str]:
        return self.dialect.todo_db_functions  # type: ignore[attr-defined,no-any-return]

    @property
    def _written(self) -> set[str]:
        """The targets of writes whose condition was added; the ORM replaces the table object on its way."""
        found: set[str] = self.__dict__.setdefault("_todo_db_written", set())
        return found

    @property
    def _sanctioned(self) -> set[int]:
        """The tables whose condition was added in this statement."""
        found: set[int] = self.__dict__.setdefault("_todo_db_sanctioned", set())
        return found
