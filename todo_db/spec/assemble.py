"""Statements → the specification: one table per group, its facts merged by authority, its questions and
contradictions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from todo_db.findings import Finding, Place, ordered
from todo_db.spec import owners, rules
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    DomainSpec,
    EnumSpec,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    Passage,
    PrimaryKeySpec,
    ReferenceSpec,
    SequenceSpec,
    Specification,
    TableSpec,
    UniqueSpec,
    Unsaid,
)
from todo_db.spec.grouping import DEFINING_FACTS, Grouping, group
from todo_db.spec.merge import merge_column
from todo_db.spec.questions import ask_table, ask_targets, ask_types
from todo_db.spec.statements import Fact, Force, Notation, Statement
from todo_db.spec.tableobjects import (
    bare,
    contradicting_indexes,
    merge_checks,
    merge_foreign_keys,
    merge_indexes,
    merge_primary_key,
    merge_uniques,
    without_backing,
)

MAX_COLUMNS: Final = 1600
_O = TypeVar("_O", EnumSpec, DomainSpec, SequenceSpec)


def assemble(
    statements: Sequence[Statement],
    *,
    mentions: Iterable[str] = (),
    called: Collection[str] = (),
    passed_over: Sequence[Passage] = (),
    findings: Iterable[Finding] = (),
    paths: Sequence[str] = (),
) -> Specification:
    """The specification that these statements make together.

    mentions, called: names of tables as the documents use them elsewhere, see `group`; findings: those of
    the readers.
    """
    grouping = group(statements, mentions, called)
    found = [*findings, *grouping.findings]
    by_table = _by_table(statements, grouping)
    tables = []
    for name, said in by_table.items():
        table, more = _Table(name, said, grouping).build()
        tables.append(table)
        found += more
    everywhere = [s for s in statements if s.table is None]
    enums = _objects(_without_unused(everywhere, tables), EnumSpec)
    domains = _objects(everywhere, DomainSpec)
    tables = [_listing(t, everywhere) for t in tables]
    found += [*ask_targets(tables), *ask_types(tables, (*enums, *domains))]
    return Specification(
        tables=tuple(tables),
        enums=enums,
        domains=domains,
        sequences=_objects(everywhere, SequenceSpec),
        schemas=tuple(dict.fromkeys(str(s.value) for s in everywhere if s.fact == "schema")),
        extensions=tuple(dict.fromkeys(str(s.value) for s in everywhere if s.fact == "extension")),
        findings=ordered(found),
        passed_over=tuple(passed_over),
        paths=tuple(paths),
    )


def _by_table(statements: Iterable[Statement], grouping: Grouping) -> dict[str, list[Statement]]:
    """Statements by table, in order of appearance; what is said of no table that has columns is dropped."""
    result: dict[str, list[Statement]] = {}
    defined = set(grouping.canonical.values())
    for statement in statements:
        if statement.table is None:
            continue
        name = grouping.resolve(statement.table.text)
        if name in defined:
            result.setdefault(name, []).append(statement)
    order = sorted(
        result,
        key=lambda n: min((s.place.path, s.place.line) for s in result[n] if s.fact in DEFINING_FACTS),
    )
    return {
        name: result[name] for name in order if any(s.fact in ("exists", "external") for s in result[name])
    }


def _objects(statements: Iterable[Statement], kind: type[_O]) -> tuple[_O, ...]:
    """Objects of one kind, each name once."""
    found: dict[str, _O] = {}
    for statement in sorted(statements, key=lambda s: s.authority):
        if isinstance(statement.value, kind):
            found.setdefault(statement.value.name, statement.value)
    return tuple(found.values())


def _without_unused(statements: list[Statement], tables: list[TableSpec]) -> list[Statement]:
    """An enumeration that is only listed is a type of the database where a column has it as its type."""
    used = {c.type.lower() for t in tables for c in t.columns if isinstance(c.type, str)}
    return [
        s
        for s in statements
        if not (s.notation is Notation.LIST and isinstance(s.value, EnumSpec) and s.value.name not in used)
    ]


def _listing(table: TableSpec, everywhere: list[Statement]) -> TableSpec:
    """A list of indexes or constraints for the whole document is one for every table."""
    facts = {s.fact for s in everywhere}
    return replace(
        table,
        lists_indexes=table.lists_indexes or "lists_indexes" in facts,
        lists_constraints=table.lists_constraints or "lists_constraints" in facts,
    )


@dataclass(slots=True)
class _Table:
    name: str
    said: list[Statement]
    grouping: Grouping
    by_fact: dict[str, list[Statement]] = field(default_factory=dict)

    def build(self) -> tuple[TableSpec, list[Finding]]:
        if len({s.column for s in self.said if s.fact == "exists"}) > MAX_COLUMNS:
            return self.refused()
        statements = [part for s in _without_drawn(self.said) for part in _split(s)]
        for statement in statements:
            self.by_fact.setdefault(statement.fact, []).append(statement)
        columns, findings = self.columns(statements)
        listed = merge_indexes(self.of("index_of"))
        keyed = _single_uniques(self.of("unique_of"))
        indexes = merge_indexes([*self.of("index_of"), *_column_indexes(columns, listed, keyed)])
        uniques = merge_uniques(self.of("unique_of"), indexes)
        primary_key = merge_primary_key(self.of("primary_key_of"))
        key = primary_key.columns if primary_key else tuple(c.name for c in columns if c.primary_key is True)
        indexes = without_backing(indexes, uniques, key, self.name)
        odd = contradicting_indexes(self.name, self.of("index_of"))
        checks, more = merge_checks(self.name, self.of("check"), [c.name for c in columns])
        table = TableSpec(
            name=self.name,
            columns=tuple(columns),
            managed_by=self.first("managed_by") or self.first("external"),
            owner=self.owner(columns),
            owner_place=next((s.place for s in self.stated_owner()), None),
            states_policies=bool(self.of("policy_of")),
            primary_key=primary_key,
            uniques=tuple(uniques),
            foreign_keys=tuple(merge_foreign_keys(self.of("foreign_key"), self.grouping.resolve)),
            checks=tuple(checks),
            exclusions=tuple(_exclusions(self.of("exclusion"))),
            indexes=tuple(i for i in indexes if i.columns),
            lists_indexes=bool(self.of("lists_indexes"))
            or any(s.notation is Notation.SQL for s in self.of("index_of")),
            lists_constraints=bool(self.of("lists_constraints")),
            comment=self.comment(),
            renamed_from=self.first("renamed_from"),
            description=self.first("table_description") or "",
            place=self.place(statements),
        )
        unclear = [*self.of("check_unclear"), *(s for s in self.of("unclear"))]
        return table, [
            *findings,
            *odd,
            *more,
            *ask_table(table, statements, unclear, [i for i in indexes if not i.columns]),
        ]

    def refused(self) -> tuple[TableSpec, list[Finding]]:
        """A table with more columns than PostgreSQL can make: no specification, and not worth the time."""
        place = self.place(self.said)
        message = (
            f"{self.name} has more than {MAX_COLUMNS} columns, which PostgreSQL does not "
            f"allow; they were not read."
        )
        return TableSpec(name=self.name, place=place), [
            rules.finding(rules.REFUSED, "table", self.name, message, (place,))
        ]

    def of(self, fact: str) -> list[Statement]:
        return self.by_fact.get(fact, [])

    def first(self, fact: str) -> str | None:
        said = [s for s in self.of(fact) if not s.column]
        best = min(said, key=lambda s: s.authority, default=None)
        return str(best.value) if best else None

    def comment(self) -> str | None | Unsaid:
        said = [s for s in self.of("comment") if not s.column]
        best = min(said, key=lambda s: s.authority, default=None)
        return UNSAID if best is None else None if best.value is None else str(best.value)

    def place(self, statements: list[Statement]) -> Place:
        """Where the table is stated by the notation of highest authority: its name or the heading that
        names it, else its first column."""
        stated = [s for s in statements if s.fact in ("table", "exists", "external")]
        first = min(stated, key=lambda s: (*s.authority, s.fact != "table"))
        heading = first.table.line if first.table is not None else 0
        return replace(first.place, line=heading) if heading else first.place

    def owner(self, columns: list[ColumnSpec]) -> str | None | Unsaid:
        best = min(self.of("owner"), key=lambda s: s.authority, default=None)
        if best is None:
            return UNSAID
        if best.value is None:
            return None
        said = owners.read(str(best.value), {c.name.lower(): c.name for c in columns}.get)
        if best.force is Force.SAID:
            return str(said)  # a column that is not there is a finding, not silence
        return next((c.name for c in columns if c.name == best.value), UNSAID)

    def stated_owner(self) -> list[Statement]:
        """The statement of the owner, where it is one: not gathered from prose."""
        said = [s for s in self.of("owner") if s.force is Force.SAID]
        return sorted(said, key=lambda s: s.authority)[:1]

    def columns(self, statements: list[Statement]) -> tuple[list[ColumnSpec], list[Finding]]:
        """The columns in the order of the notation that counts most, then those that only others state."""
        by_column: dict[str, list[Statement]] = {}
        spelled: dict[str, str] = {}
        for statement in _in_order(statements):
            if statement.fact == "exists":
                spelled.setdefault(statement.column.lower(), statement.column)
        for statement in statements:
            if statement.column and statement.column.lower() in spelled:
                by_column.setdefault(spelled[statement.column.lower()], []).append(statement)
        columns: list[ColumnSpec] = []
        findings: list[Finding] = []
        self.spread_deletions(by_column)
        for name in spelled.values():
            merged = merge_column(self.name, name, by_column[name], self.grouping.resolve)
            columns.append(merged.column)
            findings += merged.findings
        return columns, findings

    def spread_deletions(self, by_column: dict[str, list[Statement]]) -> None:
        """'Deleting a user deletes their tasks' is the rule of the one foreign key to users."""
        for statement in self.of("on_delete_to"):
            if not isinstance(statement.value, tuple):
                continue
            parent, rule = statement.value
            keys = [c for c, said in by_column.items() if any(self.points_to(s, parent) for s in said)]
            if len(keys) == 1:
                by_column[keys[0]].append(statement._replace(fact="on_delete", value=rule, column=keys[0]))

    def points_to(self, statement: Statement, parent: str) -> bool:
        target = statement.value
        return (
            statement.fact == "references"
            and isinstance(target, ReferenceSpec)
            and bool(target.table)
            and self.grouping.resolve(target.table) == parent
        )


def _exclusions(statements: list[Statement]) -> list[ExclusionSpec]:
    """Each exclusion constraint once."""
    found: dict[tuple[object, str], ExclusionSpec] = {}
    for statement in sorted(statements, key=lambda s: s.authority):
        if isinstance(statement.value, ExclusionSpec):
            found.setdefault((statement.value.name, statement.value.definition), statement.value)
    return list(found.values())


def _without_drawn(statements: list[Statement]) -> list[Statement]:
    """A drawing is cut to size: where another notation lists the columns, it adds none."""
    listed = {s.column.lower() for s in statements if s.fact == "exists" and s.notation is not Notation.BOX}
    if not listed:
        return statements
    return [
        s for s in statements if s.notation is not Notation.BOX or not s.column or s.column.lower() in listed
    ]


def _in_order(statements: list[Statement]) -> list[Statement]:
    return sorted(statements, key=lambda s: (s.notation.rank, s.place.path, s.place.line))


_PARTED = (PrimaryKeySpec, UniqueSpec, ForeignKeySpec, CheckSpec)


def _split(statement: Statement) -> list[Statement]:
    """A constraint on a single column also states facts of that column."""
    value = statement.value
    if not isinstance(value, _PARTED):
        return [statement]

    def fact(column: str, *facts: Fact) -> list[Statement]:
        return [
            Statement(statement.table, f.name, f.value, statement.place, statement.notation, column, f.force)
            for f in facts
        ]

    if isinstance(value, PrimaryKeySpec):
        force = Force.SAID if len(value.columns) == 1 else Force.IMPLIED
        return [statement, *(s for c in value.columns for s in fact(c, Fact("primary_key", True, force)))]
    if isinstance(value, UniqueSpec) and len(value.columns) == 1:
        return ([statement] if value.name else []) + fact(value.columns[0], Fact("unique", True))
    if isinstance(value, ForeignKeySpec) and len(value.columns) == 1:
        return fact(value.columns[0], *_reference_facts(value))
    if isinstance(value, CheckSpec) and statement.fact == "check":
        return [statement._replace(column="", value=replace(value, place=value.place or statement.place))]
    return [statement]


def _reference_facts(key: ForeignKeySpec) -> list[Fact]:
    reference = key.references
    target = ReferenceSpec(
        table=reference.table, columns=reference.columns, name=key.name, deferrable=key.deferrable
    )
    facts = [Fact("references", target)]
    if reference.on_delete:
        facts.append(Fact("on_delete", reference.on_delete))
    if reference.on_update:
        facts.append(Fact("fk_on_update", reference.on_update))
    return facts


def _single_uniques(statements: list[Statement]) -> set[str]:
    """The columns that a unique constraint of their own is stated for."""
    stated = (s.value for s in statements if isinstance(s.value, UniqueSpec))
    return {u.columns[0] for u in stated if len(u.columns) == 1}


def _column_indexes(columns: list[ColumnSpec], listed: list[IndexSpec], keyed: set[str]) -> list[Statement]:
    """An index that is said beside a column is one of the table's indexes, unless the table lists it.

    A column that is unique or the primary key has the index that these bring along; so has one with a unique
    constraint (`keyed`), even where the column itself is said not to be unique.
    """
    there = {bare(i.columns[0]) for i in listed if len(i.columns) == 1}
    return [
        Statement(
            None,
            "index_of",
            IndexSpec(columns=(c.name,), place=c.places.get("index", c.place)),
            c.places.get("index") or c.place or Place("spec", "", 0),
            Notation.LIST,
            force=Force.HINT,
        )
        for c in columns
        if c.index is True
        and c.unique is not True
        and c.primary_key is not True
        and c.name not in there | keyed
    ]
