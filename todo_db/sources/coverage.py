"""What the absence of an object on a side means: a statement, or silence."""

from __future__ import annotations

from dataclasses import dataclass

from todo_db.schema import DbObject, FactKey, Key, display, fact_fields

# What SQLAlchemy's metadata states completely: of these a model that lacks one says that there is none.
MODEL_KINDS = frozenset(
    {
        "table",
        "column",
        "primary key",
        "unique",
        "foreign key",
        "check",
        "exclusion",
        "index",
        "enum",
        "domain",
        "sequence",
    }
)

# What a spec or a model can state in words of its own; anything else takes SQL.
STATED_KINDS = MODEL_KINDS | {"schema", "extension"}

# What a database on scratch has whether the models say so or not.
OF_THE_SERVER = frozenset({"extension", "owner"})

# What follows from the owners that a spec states.
SECURITY_KINDS = frozenset({"policy", "grant"})

_LISTED_AS_INDEX = frozenset({"index"})
_LISTED_AS_CONSTRAINT = frozenset({"unique", "check", "foreign key", "exclusion", "primary key"})


def stated_kinds(*, security: bool = False) -> tuple[type[DbObject], ...]:
    """The classes of STATED_KINDS: reading these alone takes a third of the time. security: policies, too."""
    from todo_db.objects import KINDS

    wanted = STATED_KINDS | SECURITY_KINDS if security else STATED_KINDS
    return tuple(kind for kind in KINDS if kind.kind in wanted)


@dataclass(frozen=True, slots=True)
class ModelCoverage:
    """Models state every object of MODEL_KINDS in the schemas in which they have tables.

    assumed: what they rely on without being able to state it (a type that they know by its name alone).
    """

    schemas: frozenset[str]
    assumed: frozenset[Key] = frozenset()

    def __call__(self, obj: DbObject) -> bool:
        stated = obj.kind in MODEL_KINDS and getattr(obj, "schema", "") in self.schemas
        return stated and obj.key not in self.assumed


@dataclass(frozen=True, slots=True)
class SpecCoverage:
    """A spec states the tables of its schemas, the columns of its own tables, and what its lists list.

    columns: the tables whose columns are all named. indexes, constraints: the tables whose indexes or
    constraints are listed. Of everything else a spec only says what it names.
    """

    schemas: frozenset[str]
    columns: frozenset[Key] = frozenset()
    indexes: frozenset[Key] = frozenset()
    constraints: frozenset[Key] = frozenset()

    def __call__(self, obj: DbObject) -> bool:
        if obj.kind == "table":
            return getattr(obj, "schema", "") in self.schemas
        if obj.kind == "column":
            return obj.parent in self.columns
        if obj.kind in _LISTED_AS_INDEX:
            return obj.parent in self.indexes
        return obj.kind in _LISTED_AS_CONSTRAINT and obj.parent in self.constraints


def table_key(schema: str, name: str) -> Key:
    """The key of a table."""
    return Key("table", display(schema, name))


# ---- which facts metadata can state ----------------------------------------------------------------------

_STATE = ("valid", "enforced")  # what is created is valid and enforced
_DEFERRABLE = ("deferrable", "deferred")

# Facts that metadata states always: what a model leaves out, PostgreSQL does in its default way.
_ALWAYS: dict[str, frozenset[str]] = {
    kind: frozenset(facts)
    for kind, facts in {
        "table": ("comment",),
        "column": (
            "type",
            "nullable",
            "default",
            "identity",
            "identity_options",
            "generated",
            "generated_stored",
            "collation",
            "comment",
            "not_null_valid",
        ),
        "primary key": ("columns", "include", "without_overlaps", *_DEFERRABLE, *_STATE),
        "unique": (
            "columns",
            "include",
            "nulls_not_distinct",
            "without_overlaps",
            *_DEFERRABLE,
            *_STATE,
        ),
        "exclusion": ("definition", *_STATE),
        "check": ("expression", "no_inherit", *_STATE),
        "foreign key": (
            "columns",
            "target_schema",
            "target_table",
            "target_columns",
            "on_delete",
            "on_update",
            "on_delete_columns",
            "match",
            "period",
            *_DEFERRABLE,
            *_STATE,
        ),
        "index": (
            "columns",
            "unique",
            "method",
            "orders",
            "opclasses",
            "collations",
            "include",
            "predicate",
            "nulls_not_distinct",
            "options",
            "valid",
        ),
        "enum": ("labels",),
        "domain": ("type", "nullable", "default", "collation", "checks"),
        "sequence": ("type", "start", "increment", "minimum", "maximum", "cache", "cycle", "owned_by"),
    }.items()
}

# Facts that metadata may state by an option of the dialect; without it the model is silent.
_WHERE_GIVEN: dict[str, frozenset[str]] = {
    "table": frozenset({"unlogged", "partition_key", "inherits", "tablespace", "options"}),
    "index": frozenset({"tablespace"}),
    "primary key": frozenset({"tablespace", "options", "comment"}),
    "unique": frozenset({"tablespace", "options", "comment"}),
    "exclusion": frozenset({"comment"}),
    "check": frozenset({"comment"}),
    "foreign key": frozenset({"comment"}),
}


def unstated_by_models(obj: DbObject) -> list[FactKey]:
    """The facts of an object that models leave open: all that metadata has no word for, or no word here."""
    always, given = _ALWAYS.get(obj.kind), _WHERE_GIVEN.get(obj.kind, frozenset())
    if always is None:
        # made by a DDL listener of the models: there it stands as SQL, and so every fact is stated
        return [(obj.key, "comment")] if obj.kind == "schema" else []
    return [
        (obj.key, f.name)
        for f in fact_fields(type(obj))
        if f.name not in always and not (f.name in given and getattr(obj, f.name))
    ]
