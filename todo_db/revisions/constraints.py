"""Keys, checks and foreign keys: within `op.create_table(…)`, and by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from todo_db.objects.change import Statement
from todo_db.objects.check import Check
from todo_db.objects.constraint import Constraint, IndexedConstraint
from todo_db.objects.exclusion import Exclusion
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.unique import Unique
from todo_db.revisions.code import Call, call
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.revisions.leftover import without
from todo_db.revisions.text import bare, name, stripped

C = TypeVar("C", bound=Constraint)

_KEY = frozenset({"columns", "include", "deferrable", "deferred"})
_SAID = {
    PrimaryKey: _KEY,
    Unique: _KEY | {"nulls_not_distinct"},
    Check: frozenset({"expression", "valid"}),
    ForeignKey: frozenset({"columns", "target_schema", "target_table", "target_columns", "match", "valid"})
    | {"on_delete", "on_update", "on_delete_columns", "deferrable", "deferred"},
}
_TYPES = {
    PrimaryKey: "primary",
    Unique: "unique",
    Check: "check",
    ForeignKey: "foreignkey",
    Exclusion: "exclude",
}


def inline(constraint: Constraint) -> tuple[Call, tuple[Statement, ...]]:
    """The constraint within `op.create_table`, and what is to be said after. Raises InexpressibleError."""
    plain, after = _plain(constraint)
    return _INLINE[type(plain)](plain), after


def create(constraint: Constraint) -> tuple[Call, tuple[Statement, ...]]:
    """The call that adds the constraint, and what has to be said afterwards. Raises InexpressibleError."""
    plain, after = _plain(constraint)
    return _CREATE[type(plain)](plain), after


def drop(constraint: Constraint) -> Call:
    """The call that drops the constraint."""
    kind = _TYPES.get(type(constraint))
    if kind is None or constraint.relation_kind != "table":
        raise InexpressibleError(f"Alembic has no operation for this {constraint.kind}")
    # the type decides nothing on PostgreSQL; Alembic has no word for an exclusion constraint
    keywords = {"type_": kind} if kind != "exclude" else {}
    return call(
        "op.drop_constraint", name(constraint.name), constraint.table, **keywords, **schema(constraint)
    )


def schema(obj: object, keyword: str = "schema", attribute: str = "schema") -> dict[str, str]:
    """The keyword that names the schema, unless it is the one that needs no name."""
    value = cast("str", getattr(obj, attribute))
    return {} if value == "public" else {keyword: value}


def _plain(constraint: C) -> tuple[C, tuple[Statement, ...]]:
    said = _SAID.get(type(constraint))
    if said is None:
        raise InexpressibleError("its definition is kept as PostgreSQL states it")
    return without(constraint, said)


def _deferral(constraint: IndexedConstraint | ForeignKey) -> dict[str, object]:
    if not constraint.deferrable:
        return {}
    return {"deferrable": True, "initially": "DEFERRED" if constraint.deferred else "IMMEDIATE"}


def _key_options(key: IndexedConstraint) -> dict[str, object]:
    options = _deferral(key)
    if key.include:
        options["postgresql_include"] = list(key.include)
    if isinstance(key, Unique) and key.nulls_not_distinct:
        options["postgresql_nulls_not_distinct"] = True
    return options


def _validity(constraint: Check | ForeignKey) -> dict[str, object]:
    return {} if constraint.valid else {"postgresql_not_valid": True}


def _reference_options(key: ForeignKey) -> dict[str, object]:
    options: dict[str, object] = {}
    if key.on_update != "no action":
        options["onupdate"] = key.on_update.upper()
    if key.on_delete != "no action":
        options["ondelete"] = key.on_delete.upper()
    if key.on_delete_columns:
        if not all(c.isidentifier() and c.islower() for c in key.on_delete_columns):
            raise InexpressibleError("SQLAlchemy does not quote the columns of ON DELETE SET …")
        options["ondelete"] = f"{key.on_delete.upper()} ({', '.join(key.on_delete_columns)})"
    if key.match != "simple":
        options["match"] = key.match.upper()
    return {**options, **_deferral(key), **_validity(key)}


# ---- within op.create_table -----------------------------------------------------------------------


def _inline_primary_key(key: PrimaryKey) -> Call:
    return call("sa.PrimaryKeyConstraint", *key.columns, name=name(key.name), **_key_options(key))


def _inline_unique(key: Unique) -> Call:
    return call("sa.UniqueConstraint", *key.columns, name=name(key.name), **_key_options(key))


def _inline_check(check: Check) -> Call:
    return call(
        "sa.CheckConstraint", bare(stripped(check.expression)), name=name(check.name), **_validity(check)
    )


def _inline_foreign_key(key: ForeignKey) -> Call:
    place = [key.target_table] if key.target_schema == "public" else [key.target_schema, key.target_table]
    own, theirs = key.pairs
    targets = [".".join([*place, column]) for column in theirs]
    if any("." in part for part in (*place, *theirs)):
        raise InexpressibleError("SQLAlchemy takes a dot in a name for a separator")
    options = _reference_options(key)
    return call("sa.ForeignKeyConstraint", list(own), targets, name=name(key.name), **options)


# ---- by themselves --------------------------------------------------------------------------------


def _create_primary_key(key: PrimaryKey) -> Call:
    if key.include or key.deferrable:
        raise InexpressibleError("op.create_primary_key has no argument for INCLUDE and DEFERRABLE")
    return call("op.create_primary_key", name(key.name), key.table, list(key.columns), **schema(key))


def _create_unique(key: Unique) -> Call:
    if key.include:
        raise InexpressibleError("op.create_unique_constraint does not know the columns of INCLUDE")
    options = {**schema(key), **_key_options(key)}
    return call("op.create_unique_constraint", name(key.name), key.table, list(key.columns), **options)


def _create_check(check: Check) -> Call:
    options = {**schema(check), **_validity(check)}
    condition = bare(stripped(check.expression))
    return call("op.create_check_constraint", name(check.name), check.table, condition, **options)


def _create_foreign_key(key: ForeignKey) -> Call:
    schemas = {**schema(key, "source_schema"), **schema(key, "referent_schema", "target_schema")}
    names = [name(key.name), key.table, key.target_table, *map(list, key.pairs)]
    return call("op.create_foreign_key", *names, **schemas, **_reference_options(key))


_INLINE = cast(
    "Mapping[type, Callable[[Constraint], Call]]",
    {
        PrimaryKey: _inline_primary_key,
        Unique: _inline_unique,
        Check: _inline_check,
        ForeignKey: _inline_foreign_key,
    },
)
_CREATE = cast(
    "Mapping[type, Callable[[Constraint], Call]]",
    {
        PrimaryKey: _create_primary_key,
        Unique: _create_unique,
        Check: _create_check,
        ForeignKey: _create_foreign_key,
    },
)
