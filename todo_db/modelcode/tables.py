"""What there is to write: the tables of a spec with what PostgreSQL made of them, and their Python names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from todo_db.modelcode import naming
from todo_db.modelcode.fields import ColumnFacts
from todo_db.modelcode.pytypes import UNKNOWN_TYPE
from todo_db.objects.column import Column
from todo_db.schema import Key, Schema, display
from todo_db.spec.document import ColumnSpec, ForeignKeySpec, ReferenceSpec, Specification, TableSpec

_ACTIONS = (None, "cascade", "set null", "restrict")
"""The ON DELETE rules that `Field` can state; None stands for none that is said."""


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key. simple: `Field` can state it; otherwise it is a `ForeignKeyConstraint`."""

    columns: tuple[str, ...]
    to: ReferenceSpec
    targets: tuple[str, ...]
    simple: bool


@dataclass(slots=True)
class ClassPlan:
    """A table and the class that it becomes.

    attributes: by column. mapped: False for a table of somebody else's whose key is not stated, which becomes
    a plain `Table`. pairs: it joins two tables and holds nothing else.
    """

    spec: TableSpec
    name: str
    module: str
    columns: tuple[ColumnFacts, ...]
    key: tuple[str, ...]
    links: tuple[Link, ...]
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> str:
        return self.spec.name.rpartition(".")[0]

    @property
    def table(self) -> str:
        return self.spec.name.rpartition(".")[2]

    @property
    def mapped(self) -> bool:
        return bool(self.key)

    @property
    def pairs(self) -> bool:
        ends = [link for link in self.links if len(link.columns) == 1]
        joined = {c for link in ends for c in link.columns}
        return len(ends) == 2 and set(self.key) == joined == {c.spec.name for c in self.columns}


def plans(spec: Specification, built: Schema) -> list[ClassPlan]:
    """The tables in the spec's order, each with a class name and a module name that no other has."""
    found: list[ClassPlan] = []
    classes: set[str] = {UNKNOWN_TYPE}
    modules: set[str] = {"enums", "shared"}
    for table in spec.tables:
        bare = table.name.rpartition(".")[2]
        name = naming.free(naming.class_name(bare), classes)
        module = naming.free(naming.one(bare), modules)
        classes.add(name)
        modules.add(module)
        found.append(_plan(spec, built, table, name, module))
    return found


def _plan(spec: Specification, built: Schema, table: TableSpec, name: str, module: str) -> ClassPlan:
    key = primary_key(table)
    links = tuple(_links(spec, table))
    columns = tuple(
        facts for column in table.columns if (facts := _facts(spec, built, table, column, links)) is not None
    )
    taken: set[str] = set()
    attributes: dict[str, str] = {}
    for column in table.columns:
        attributes[column.name] = naming.attribute(column.name, taken)
        taken.add(attributes[column.name])
    return ClassPlan(table, name, module, columns, key, links, attributes)


def primary_key(table: TableSpec) -> tuple[str, ...]:
    """The columns of the primary key that the spec states."""
    if table.primary_key:
        return table.primary_key.columns
    return tuple(c.name for c in table.columns if c.primary_key is True)


def _facts(
    whole: Specification, built: Schema, table: TableSpec, spec: ColumnSpec, links: Iterable[Link]
) -> ColumnFacts | None:
    schema, _, bare = table.name.rpartition(".")
    key = primary_key(table)
    column = built.objects.get(Key("column", display(schema or "public", bare, spec.name)))
    if not isinstance(column, Column):
        return None  # it was not built: a finding of the spec says why
    link = next((li for li in links if li.columns == (spec.name,)), None)
    referred = table.managed_by is not None and key != (spec.name,) and _is_target(whole, table, spec.name)
    named = {u.columns for u in table.uniques} | {i.columns for i in table.indexes if i.unique is True}
    indexed = named | {i.columns for i in table.indexes}
    return ColumnFacts(
        spec=spec,
        column=column,
        in_key=spec.name in key,
        whole_key=key == (spec.name,),
        unique=(spec.unique is True or referred) and (spec.name,) not in named,
        index=spec.index is True and (spec.name,) not in indexed and spec.unique is not True,
        reference=link.to if link else None,
        target=_dotted(link) if link and link.simple else "",
    )


def _is_target(spec: Specification, table: TableSpec, column: str) -> bool:
    """Whether a foreign key refers to this column alone: whoever makes the table has a key on it, then."""
    stated = (link for other in spec.tables for link in _links(spec, other))
    return any(link.to.table == table.name and link.targets == (column,) for link in stated)


def _links(spec: Specification, table: TableSpec) -> Iterator[Link]:
    stated: list[tuple[tuple[str, ...], ReferenceSpec]] = [
        ((c.name,), c.references) for c in table.columns if isinstance(c.references, ReferenceSpec)
    ]
    stated += [(k.columns, _with_own_words(k)) for k in table.foreign_keys]
    seen: set[tuple[str, ...]] = set()
    for columns, to in stated:
        if not to.table or columns in seen:
            continue
        seen.add(columns)
        target = spec.table(to.table)
        targets = to.columns or (primary_key(target) if target else ()) or ("id",)
        plain = not (to.name or to.deferrable or to.on_update)
        simple = len(columns) == 1 and plain and (to.on_delete or None) in _ACTIONS
        yield Link(columns, to, targets, simple)


def _with_own_words(key: ForeignKeySpec) -> ReferenceSpec:
    """The reference, with what the constraint says of itself."""
    to = key.references
    return replace(to, name=key.name or to.name, deferrable=key.deferrable or to.deferrable)


def _dotted(link: Link) -> str:
    return ".".join((link.to.table.removeprefix("public."), *link.targets))
