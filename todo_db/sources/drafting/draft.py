"""What is to be built of a spec, and of each object what the spec says and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from todo_db.findings import Place
from todo_db.schema import NAME, Key, display
from todo_db.sources.build import Step
from todo_db.sources.drafting.naming import Names, cut, quoted, split_name
from todo_db.spec.document import UNSAID, ReferenceSpec, Specification, TableSpec, Unsaid


@dataclass(frozen=True, slots=True)
class Element:
    """One object of the spec.

    said: the facts that the spec states; all others are open. places: of facts that stand elsewhere.
    family: the types that will do, where it is not one. flags: NAME and KIND where these are open.
    subject: the object as findings call it.
    """

    key: Key
    said: frozenset[str]
    place: Place | None
    places: tuple[tuple[str, Place], ...] = ()
    family: frozenset[str] | None = None
    flags: tuple[str, ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a step is about, for a finding if it fails: a fact of the element, or its kind."""

    element: Element
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A table constraint to add. body: what follows its name in SQL. suffix: of its name if it has none."""

    kind: str
    name: str | Unsaid
    suffix: str
    body: str
    said: frozenset[str]
    place: Place | None
    columns: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """What is to be built.

    Every object gets a name, so that it is found again in the catalog whether the spec names it or not.
    stand_ins: objects that the spec does not state but others need. numbered: see `Schema`. variable: tables
    whose stored texts depend on which type of a family is taken. late: steps that need all tables.
    """

    spec: Specification
    choice: int
    steps: list[Step] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    elements: dict[Key, Element] = field(default_factory=dict)
    stand_ins: set[Key] = field(default_factory=set)
    numbered: set[Key] = field(default_factory=set)
    variable: set[Key] = field(default_factory=set)
    names: Names = field(default_factory=Names)

    def table(self, name: str) -> TableSpec | None:
        """The table of that name that the spec states."""
        return self.spec.table(name)

    def add(self, element: Element, fact: str, sql: str, *, late: bool = False) -> None:
        """One object that takes one statement."""
        self.elements[element.key] = element
        step = Step(sql, element.subject, ref=About(element, fact))
        (self.late if late else self.steps).append(step)

    def constrain(self, table: TableSpec, what: Constraint, *, late: bool = False) -> None:
        """Add a constraint to a table, under its own name or an automatic one."""
        schema, bare = split_name(table.name)
        name = what.name or self.names.automatic(schema, bare, what.columns, what.suffix)
        element = Element(
            Key(what.kind, display(schema, bare, cut(str(name)))),
            what.said,
            what.place or table.place,
            flags=(*what.flags, *([NAME] if what.name is UNSAID else [])),
            subject=f"{table.name}.{cut(str(name))}",
        )
        sql = f"ALTER TABLE {quoted(schema, bare)} ADD CONSTRAINT {quoted(str(name))} {what.body}"
        self.add(element, what.kind, sql, late=late)


def said(**facts: object) -> frozenset[str]:
    """The names of those facts that the spec does not leave unsaid."""
    return frozenset(name for name, value in facts.items() if value is not UNSAID)


def references(table: TableSpec) -> Iterator[tuple[tuple[str, ...], ReferenceSpec]]:
    """All foreign keys of a table: its columns, and what they refer to."""
    for column in table.columns:
        if isinstance(column.references, ReferenceSpec) and column.references.table:
            yield (column.name,), column.references
    for key in table.foreign_keys:
        yield key.columns, key.references


def keys(table: TableSpec) -> set[tuple[str, ...]]:
    """The columns on which the spec states a primary key or uniqueness."""
    found = {tuple(c.name for c in table.columns if c.primary_key is True)}
    found |= {(c.name,) for c in table.columns if c.unique is True} | {u.columns for u in table.uniques}
    found |= {i.columns for i in table.indexes if i.unique is True}
    return (found | {table.primary_key.columns} if table.primary_key else found) - {()}
