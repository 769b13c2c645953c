"""A schema as plain values: named objects with facts, where they are stated, and what is left unsaid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

if TYPE_CHECKING:
    from todo_db.findings import Place, Unknown
    from todo_db.objects.change import Statement

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")


def display(*parts: str) -> str:
    """A dotted name for people and keys: quoted, as in SQL, only where a part is no plain name."""
    return ".".join(p if _PLAIN.match(p) else '"' + p.replace('"', '""') + '"' for p in parts)


class Key(NamedTuple):
    """What identifies an object within a schema: its kind and its displayed name."""

    kind: str
    name: str


# ---- how a dataclass says what its fields are -------------------------------------------------


def ident() -> Any:
    """A field that is part of the object's name."""
    return field(metadata={"role": "identity"})


def fact(
    default: Any = MISSING,
    *,
    code: str | None = None,
    rule: str | None = None,
    severity: str = "error",
    deparsed: bool = False,
    optional: bool = False,
) -> Any:
    """A field that is compared.

    code and rule: what a difference in it is reported as (default: the kind's `differs` code and
    `<kind>-<field>`). deparsed: the text comes from PostgreSQL's deparser, so two spellings may mean
    the same and are respelled on scratch before they count as different. optional: compared only where
    a project asks for it.
    """
    meta: dict[str, Any] = {"role": "fact", "code": code, "rule": rule, "severity": severity}
    meta |= {"deparsed": deparsed, "optional": optional}
    return field(metadata=meta) if default is MISSING else field(default=default, metadata=meta)


def aside(default: Any = MISSING) -> Any:
    """A field that is carried along (for order, for DDL) and never compared."""
    meta = {"role": "aside"}
    return field(metadata=meta) if default is MISSING else field(default=default, metadata=meta)


class Codes(NamedTuple):
    """The finding codes of one kind of object."""

    missing: str
    extra: str
    differs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DbObject:
    """One thing PostgreSQL knows by name. Subclasses, one file each, live in `todo_db/objects`.

    Their fields are declared with `ident()`, `fact()` and `aside()`; the catalog reader fills them
    from the columns of the same names of the kind's query, and the comparison walks them.
    """

    kind: ClassVar[str]
    codes: ClassVar[Codes]
    in_place: ClassVar[frozenset[str]] = frozenset({"comment"})
    """The facts that `alter` can change; for any other the object is dropped and created again."""
    goes_with_parent: ClassVar[bool] = True
    """Whether dropping the parent drops such an object, too."""
    absence_says: ClassVar[bool] = True
    """Whether a side without such an object says that there is none; every object has some owner."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the name, outermost first."""
        return tuple(getattr(self, f.name) for f in identity_fields(type(self)))

    @property
    def key(self) -> Key:
        return Key(self.kind, display(*self.parts))

    @property
    def parent(self) -> Key | None:
        """The object this one lives and dies with (a column's table); None for top-level objects."""
        return None

    @property
    def bearer(self) -> Key | None:
        """The object that brings this one along: its container, or a serial column its sequence."""
        return self.parent

    @property
    def shape(self) -> object:
        """What pairs it with an object of another name where a side leaves names unsaid; None: nothing."""
        return None

    @property
    def address(self) -> str:
        """The object as COMMENT ON names it: 'TABLE public.tasks'."""
        raise NotImplementedError(self.kind)

    def describe(self) -> str:
        """The object in a few words, for a finding's `sides`."""
        return "present"

    def create(self) -> list[Statement]:
        raise NotImplementedError(self.kind)

    def drop(self) -> list[Statement]:
        raise NotImplementedError(self.kind)

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        """Whether `alter` can do it without dropping the object and what depends on it."""
        return changed <= self.in_place

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        """Statements that give this object the facts of `to`; `changed` names the fields that differ."""
        return [*self.drop(), *to.create()]


_fields_by_role: dict[tuple[type[DbObject], str], tuple[Field[Any], ...]] = {}


def _of_role(cls: type[DbObject], role: str) -> tuple[Field[Any], ...]:
    known = _fields_by_role.get((cls, role))
    if known is None:
        known = tuple(f for f in fields(cls) if f.metadata.get("role") == role)
        _fields_by_role[cls, role] = known
    return known


def identity_fields(cls: type[DbObject]) -> tuple[Field[Any], ...]:
    """The fields that make up the name of objects of this kind, outermost first."""
    return _of_role(cls, "identity")


def fact_fields(cls: type[DbObject]) -> tuple[Field[Any], ...]:
    """The fields of this kind that are compared."""
    return _of_role(cls, "fact")


# ---- a side ------------------------------------------------------------------------------------

FactKey = tuple[Key, str]
"""An object and the name of one of its facts; the empty name stands for the object as a whole."""

NAME = "name"
"""The pseudo fact under which `accepts` says that a side leaves an object's name unsaid."""

KIND = "kind"
"""The pseudo fact under which `accepts` says that a side asks for uniqueness or an index by any means."""


def covers_everything(obj: DbObject) -> bool:
    """The coverage of a catalog: what is absent from it does not exist."""
    return True


@dataclass(frozen=True, slots=True)
class Schema:
    """What one side states.

    accepts: facts that a side leaves open: None accepts any value; a set accepts any type whose base
    name (without length or precision) is in it.
    covers: for an object that another side has and this one has not, whether its absence here is a
    statement (True) or silence (False).
    external: tables that somebody else manages; only what is stated of them is relied on.
    states_externals: whether what this side has of external tables is a statement; the replay of a
    history has stand-ins only.
    notes: remarks on a fact that no database holds (a default that only Python sets).
    depends: what an object's definition refers to, beside its parent (a view's columns, …).
    numbered: columns that must number themselves, be it by a sequence's default or by an identity.
    server: the version of the PostgreSQL that it was read from (180006); None: no database was read.
    revisions: what its alembic_version table holds; None: there is no such table.
    """

    side: str
    objects: Mapping[Key, DbObject] = field(default_factory=dict)
    places: Mapping[FactKey, Place] = field(default_factory=dict)
    accepts: Mapping[FactKey, frozenset[str] | None] = field(default_factory=dict)
    covers: Callable[[DbObject], bool] = covers_everything
    external: frozenset[Key] = frozenset()
    states_externals: bool = True
    unknown: tuple[Unknown, ...] = ()
    notes: Mapping[FactKey, str] = field(default_factory=dict)
    depends: Mapping[Key, frozenset[Key]] = field(default_factory=dict)
    numbered: frozenset[Key] = frozenset()
    server: int | None = None
    revisions: tuple[str, ...] | None = None

    def of(self, kind: str) -> list[DbObject]:
        """All objects of a kind, sorted by name."""
        return [obj for key, obj in sorted(self.objects.items()) if key.kind == kind]

    def children(self, parent: Key, kind: str | None = None) -> list[DbObject]:
        """What lives in `parent`, in the order of the catalog."""
        return [o for o in self.objects.values() if o.parent == parent and kind in (None, o.kind)]

    def relied_on(self) -> frozenset[Key]:
        """What the definitions of its objects refer to, and it does not state itself."""
        needed = frozenset[Key]().union(*(self.depends.get(key, ()) for key in self.objects))
        return needed - self.objects.keys()

    def place(self, key: Key, fact: str = "") -> Place | None:
        """Where the fact, or else the object, or else what bears it is stated."""
        found = self.places.get((key, fact)) or self.places.get((key, ""))
        if found is None and (obj := self.objects.get(key)) is not None and obj.bearer is not None:
            return self.place(obj.bearer)
        return found

    def with_side(self, side: str) -> Schema:
        return replace(self, side=side)


def index_by_key(objects: Iterable[DbObject]) -> dict[Key, DbObject]:
    """Objects by key; two of one key are a bug of the reader."""
    result: dict[Key, DbObject] = {}
    for obj in objects:
        if obj.key in result:
            raise ValueError(f"two objects are called {obj.key}")
        result[obj.key] = obj
    return result
