"""Facts that an operation has no argument for: the object is made without them, and then altered with SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import MISSING, replace
from typing import TypeVar

from todo_db.objects.change import CannotChangeError, Statement
from todo_db.objects.member import Member
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.schema import DbObject, fact_fields

T = TypeVar("T", bound=DbObject)


def without(obj: T, said: Collection[str]) -> tuple[T, tuple[Statement, ...]]:
    """The object without the facts that are not among `said`, and the statements that add them.

    A fact that a kind is given later thus ends up in SQL by itself, never nowhere. Raises InexpressibleError
    where no statement adds it afterwards.
    """
    if isinstance(obj, Member) and (obj.relation_kind != "table" or obj.inherited):
        raise InexpressibleError("it is inherited or belongs to a foreign table")
    left = {
        f.name: f.default
        for f in fact_fields(type(obj))
        if f.name not in said and f.default is not MISSING and getattr(obj, f.name) != f.default
    }
    if not left:
        return obj, ()
    plain = replace(obj, **left)
    words = ", ".join(sorted(left)).replace("_", " ")
    if not plain.alters_in_place(obj, frozenset(left)):
        raise InexpressibleError(f"Alembic cannot state: {words}")
    try:
        return plain, tuple(plain.alter(obj, frozenset(left)))
    except CannotChangeError as error:
        raise InexpressibleError(f"Alembic cannot state: {words}") from error
