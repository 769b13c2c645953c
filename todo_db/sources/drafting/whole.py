"""The specification as a whole: schemas, types, sequences, tables, and stand-ins for tables that it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from todo_db.schema import Key, display
from todo_db.sources.build import Step
from todo_db.sources.drafting.draft import Draft, Element, references, said
from todo_db.sources.drafting.members import draft_members
from todo_db.sources.drafting.naming import cut, listed, literal, quoted, split_name
from todo_db.sources.drafting.security import draft_security
from todo_db.sources.drafting.tables import draft_table, type_of
from todo_db.spec.document import UNSAID, DomainSpec, EnumSpec, SequenceSpec, Specification, TableSpec, Unsaid


@dataclass(frozen=True, slots=True)
class Security:
    """That policies follow from the stated owners. role: that of the application, where it is known."""

    role: str | None = None


def draft(spec: Specification, choice: int = 0, security: Security | None = None) -> Draft:
    """What to build. choice: which member of each family of types is taken; 0 is the likeliest.

    security: None: no policies.
    """
    out = Draft(spec, choice)
    for table in spec.tables:
        _reserve_names(out, table)
    _schemas(out)
    for enum in spec.enums:
        _enum(out, enum)
    for domain in spec.domains:
        _domain(out, domain)
    for sequence in spec.sequences:
        _sequence(out, sequence)
    for name in dict.fromkeys(to.table for t in spec.tables for _, to in references(t)):
        if out.table(name) is None:
            _unknown_target(out, name)
    for table in spec.tables:
        draft_table(out, table)
        draft_members(out, table)
    if security is not None:
        draft_security(out, security.role)
    out.steps += out.late
    return out


def _reserve_names(out: Draft, table: TableSpec) -> None:
    schema, bare = split_name(table.name)
    out.names.reserve(schema, bare)
    key = [table.primary_key] if table.primary_key else []
    names: Iterable[str | Unsaid] = (
        *(k.name for k in key),
        *(u.name for u in table.uniques),
        *(c.name for c in table.checks),
        *(e.name for e in table.exclusions),
        *(i.name for i in table.indexes),
        *(f.name for f in table.foreign_keys),
    )
    for name in names:
        if name is not UNSAID:
            out.names.reserve(schema, str(name))


def _schemas(out: Draft) -> None:
    for name in dict.fromkeys((*out.spec.schemas, *(split_name(t.name)[0] for t in out.spec.tables))):
        if name != "public":
            element = Element(Key("schema", display(name)), frozenset(), None, subject=name)
            out.add(element, "schema", f"CREATE SCHEMA IF NOT EXISTS {quoted(name)}")


def _enum(out: Draft, enum: EnumSpec) -> None:
    schema, name = split_name(enum.name)
    element = Element(Key("enum", display(schema, name)), said(labels=True), enum.place, subject=enum.name)
    labels = ", ".join(literal(v) for v in enum.values)
    out.add(element, "labels", f"CREATE TYPE {quoted(schema, name)} AS ENUM ({labels})")


def _domain(out: Draft, domain: DomainSpec) -> None:
    schema, name = split_name(domain.name)
    facts = said(type=True, nullable=domain.nullable, default=domain.default)
    if domain.checks and all(c.name for c in domain.checks):
        facts |= {"checks"}
    element = Element(Key("domain", display(schema, name)), facts, domain.place, subject=domain.name)
    default = f" DEFAULT {domain.default}" if domain.default else ""
    null = " NOT NULL" if domain.nullable is False else ""
    checks = "".join(f" {_named(c.name)}CHECK ({c.expr})" for c in domain.checks)
    sql = f"CREATE DOMAIN {quoted(schema, name)} AS {domain.type}{default}{null}{checks}"
    out.add(element, "domain", sql)


def _named(name: str | Unsaid) -> str:
    return f"CONSTRAINT {quoted(str(name))} " if name else ""


def _sequence(out: Draft, sequence: SequenceSpec) -> None:
    schema, name = split_name(sequence.name)
    facts = said(type=sequence.type, start=sequence.start, increment=sequence.increment)
    key = Key("sequence", display(schema, name))
    parts = [f"CREATE SEQUENCE {quoted(schema, name)}"]
    parts += [f"AS {sequence.type}"] if sequence.type else []
    parts += [f"INCREMENT BY {sequence.increment:d}"] if isinstance(sequence.increment, int) else []
    parts += [f"START WITH {sequence.start:d}"] if isinstance(sequence.start, int) else []
    out.add(Element(key, facts, sequence.place, subject=sequence.name), "sequence", " ".join(parts))


def _unknown_target(out: Draft, name: str) -> None:
    """A stand-in with the columns that are referred to; the document's reader asks where the table is."""
    schema, bare = split_name(name)
    columns: dict[str, str] = {}
    targets: dict[tuple[str, ...], None] = {}
    for table in out.spec.tables:
        own = {c.name: c for c in table.columns}
        for sources, to in references(table):
            if to.table == name:
                targets[to.columns or ("id",)] = None
                for source, target in zip(sources, to.columns or ("id",), strict=False):
                    if source in own:
                        columns.setdefault(target, type_of(out, own[source]))
    lines = [f"{quoted(c)} {type_}" for c, type_ in columns.items()]
    lines += [f"UNIQUE ({listed(key)})" for key in targets if set(key) <= columns.keys()]
    if schema != "public":
        out.steps.append(Step(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}", name))
    out.steps.append(Step(f"CREATE TABLE {quoted(schema, bare)} ({', '.join(lines)})", name))
    out.stand_ins.add(Key("table", display(schema, cut(bare))))
