"""Who owns the rows of each table: the one declaration behind scoped sessions, policies and their proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from todo_db.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

    from todo_db.spec.document import Specification, TableSpec

USER_SETTING = "app.user_id"
ORGANIZATION_SETTING = "app.organization_id"
_KEYS = ("owner", "owner_through", "organization", "membership", "shared")
_INTEGERS = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key of one column: `column` refers to `key` of `table`."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Owned:
    """One table and what decides whose its rows are; names are as `qualified` gives them.

    user, organization: the columns that hold the owner's ids, with their SQL types. through: the row is
    whose the row it refers to is. membership: rows say which user (`user`) belongs to which organization
    (`organization`); users read their own and write none. shared: everybody's, read-only for users.
    references: foreign keys to other owned tables, which a row may only point to where it is its owner's.
    """

    table: str
    user: str | None = None
    user_type: str = "text"
    organization: str | None = None
    organization_type: str = "text"
    through: Link | None = None
    membership: bool = False
    shared: bool = False
    references: tuple[Link, ...] = ()

    @property
    def scoped(self) -> bool:
        """Whether rows belong to somebody."""
        return not self.shared

    @property
    def writable(self) -> bool:
        """Whether users may change rows at all."""
        return not (self.shared or self.membership)

    @property
    def parts(self) -> tuple[str | None, str]:
        """Schema (None: public) and name."""
        schema, dot, name = self.table.rpartition(".")
        return (schema if dot else None, name)

    def describe(self) -> str:
        """The rule in words, for messages."""
        if self.shared:
            return "shared"
        if self.through:
            return f"owned through {self.through.column} → {self.through.table}"
        columns = [c for c in (self.organization, self.user) if c]
        return "owned by " + " and ".join(columns)


def qualified(name: str, schema: str | None = None) -> str:
    """The name under which a table is declared: without `public`, which is where unqualified names lead."""
    if schema is None and "." in name:
        schema, _, name = name.rpartition(".")
    return name if schema in (None, "public") else f"{schema}.{name}"


class Ownerships(Mapping[str, Owned]):
    """The declarations of all tables. A table that is not in it is not declared, and stays closed."""

    def __init__(self, tables: Iterable[Owned]) -> None:
        given = {t.table: t for t in tables}
        self._tables = {name: checked(owned, given) for name, owned in given.items()}

    def __getitem__(self, name: str) -> Owned:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    @property
    def membership(self) -> Owned | None:
        """The table that says who belongs to which organization, where there is one."""
        return next((t for t in self.values() if t.membership), None)

    @classmethod
    def from_metadata(cls, *metadatas: MetaData) -> Ownerships:
        """Read `info` of the tables: `{"owner": "user_id"}`, `{"owner_through": "task_id"}`,
        `{"organization": "organization_id"}` (with or without an owner), `{"membership": True}` beside both,
        `{"shared": True}`.

        Raises UsageError for a declaration that makes no sense.
        """
        tables = [t for m in metadatas for t in m.tables.values() if t.info.keys() & set(_KEYS)]
        return cls(_from_table(table) for table in tables)

    @classmethod
    def from_specification(cls, specification: Specification) -> Ownerships:
        """Read `owner:` of the tables: a column; where it refers to an owned table, 'owned through'.

        `organization:COLUMN`, beside an owner or alone, and `membership:COLUMN, COLUMN` (organization, user)
        are for several tenants. `owner: null` says shared; a table that leaves it unsaid is not declared.
        Raises UsageError.
        """
        stated = [t for t in specification.tables if t.owner is None or isinstance(t.owner, str)]
        owned = {qualified(t.name): t.owner for t in stated if isinstance(t.owner, str)}
        return cls(from_spec(table, owned) for table in stated)


def checked(owned: Owned, given: Mapping[str, Owned]) -> Owned:
    """Check that the way to the owner ends; keep only references to tables whose rows belong to somebody.

    Raises UsageError.
    """
    seen, at = {owned.table}, owned
    while at.through is not None:
        if at.through.table not in given or not given[at.through.table].scoped:
            raise UsageError(
                f"{at.table} is owned through {at.through.table}, which has no owner itself",
                hint=f"declare the owner of {at.through.table} first",
            )
        at = given[at.through.table]
        if at.table in seen:
            raise UsageError(f"{owned.table} is owned through itself", where=" → ".join(sorted(seen)))
        seen.add(at.table)
    own_columns = {owned.user, owned.organization, owned.through.column if owned.through else None}
    kept = tuple(
        r
        for r in owned.references
        if r.column not in own_columns and r.table in given and given[r.table].scoped
    )
    return replace(owned, references=kept)


# ---- from models -------------------------------------------------------------------------------


def _from_table(table: Table) -> Owned:
    info, name = table.info, qualified(table.name, table.schema)
    if info.get("shared"):
        if set(_KEYS) & info.keys() != {"shared"}:
            raise UsageError(f"{name} is declared as shared and as owned")
        return Owned(name, shared=True)
    links = _links(table)
    through = info.get("owner_through")
    if through is not None and (through not in links or info.get("owner") or info.get("organization")):
        raise UsageError(
            f"{name} is owned through {through}, which is no foreign key of one column",
            hint="name one that is; owner and organization cannot stand beside owner_through",
        )
    user, user_type = _column(table, info.get("owner"))
    organization, organization_type = _column(table, info.get("organization"))
    return Owned(
        name,
        user=user,
        user_type=user_type,
        organization=organization,
        organization_type=organization_type,
        through=links.get(through) if through else None,
        membership=bool(info.get("membership")),
        references=tuple(links.values()),
    )


def _column(table: Table, name: str | None) -> tuple[str | None, str]:
    from sqlalchemy.dialects import postgresql

    if name is None:
        return None, "text"
    # by its name in the database: `Column("user_id", key="owner")` is another key in `table.c`
    found = next((c for c in table.columns if c.name == name), None)
    if found is None:
        raise UsageError(f"{table.name} has no column {name!r}, which its info names as owner")
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return name, sql_type(found.type.compile(dialect))


def _links(table: Table) -> dict[str, Link]:
    found = {}
    for constraint in table.foreign_key_constraints:
        if len(constraint.elements) == 1:
            (element,) = constraint.elements
            # the text of the target: its table may not be in this metadata
            *target, key = element.target_fullname.split(".")
            found[element.parent.name] = Link(element.parent.name, qualified(".".join(target)), key)
    return found


# ---- from a specification ----------------------------------------------------------------------


def from_spec(table: TableSpec, owned: Mapping[str, str]) -> Owned:
    """The declaration of one table. owned: what the others say of their owners, by table.

    Raises UsageError for words that name no column.
    """
    from todo_db.spec.owners import read

    name = qualified(table.name)
    if table.owner is None:
        return Owned(name, shared=True)
    words = read(str(table.owner))
    here = str(table.owner_place or table.place or "") or None
    if words is None or (words.membership and words.column is None):
        hint = "`owner: user_id`, or organization:COLUMN, USER_COLUMN, or membership:COLUMN, USER_COLUMN"
        raise UsageError(f"the owner of {name} is not understood: {table.owner!r}", where=here, hint=hint)
    columns = {c.name for c in table.columns}
    if missing := [c for c in words.columns if c not in columns]:
        raise UsageError(f"{name} has no column {missing[0]!r}, which `owner:` names", where=here)
    links = _spec_links(table)
    result = Owned(name, membership=words.membership, references=tuple(links.values()))
    if words.organization is not None:
        type_ = _spec_type(table, words.organization)
        result = replace(result, organization=words.organization, organization_type=type_)
    column = words.column
    if column is None:
        return result
    if (
        words.organization is None
        and column in links
        and owned.get(links[column].table, links[column].key) != links[column].key
    ):
        # a reference to the users' own table, whose owner is its key, is no way through
        return replace(result, through=links[column])
    return replace(result, user=column, user_type=_spec_type(table, column))


def _spec_links(table: TableSpec) -> dict[str, Link]:
    found = {}
    for column in table.columns:
        if column.references:
            target = column.references
            key = target.columns[0] if target.columns else "id"
            found[column.name] = Link(column.name, qualified(target.table), key)
    for constraint in table.foreign_keys:
        if len(constraint.columns) == 1:
            target = constraint.references
            key = target.columns[0] if target.columns else "id"
            found[constraint.columns[0]] = Link(constraint.columns[0], qualified(target.table), key)
    return found


def _spec_type(table: TableSpec, name: str) -> str:
    column = next(c for c in table.columns if c.name == name)
    return sql_type(column.type if isinstance(column.type, str) else "text")


def sql_type(text: str) -> str:
    """The type to which a setting's text is cast: no length, no serial; 'text' for every kind of string."""
    base = text.lower().partition("(")[0].strip()
    if base in ("string", "str", "text", "varchar", "character varying", "citext", "char", "character"):
        return "text"
    return {"int": "integer", **_INTEGERS}.get(base, base)
