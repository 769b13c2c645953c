"""Row level security of the tables whose owner the spec states: what makes it, and where it is stated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from todo_db.findings import Finding, Place
from todo_db.ownership import policies
from todo_db.ownership.declared import Owned, qualified
from todo_db.ownership.stated import Stated, stated
from todo_db.schema import Key, display
from todo_db.sources.build import Step
from todo_db.sources.drafting import rules
from todo_db.sources.drafting.draft import About, Draft, Element
from todo_db.sources.drafting.naming import cut, split_name
from todo_db.sources.drafting.tables import type_of
from todo_db.spec.document import Specification, TableSpec

_TABLE_FACTS = frozenset({"row_security", "force_row_security"})
_POLICY_FACTS = frozenset({"permissive", "command", "roles", "using", "check"})


def draft_security(out: Draft, role: str | None) -> None:
    """ENABLE, FORCE, policies, and the grants of `role` where it is known; last, since policies read tables.

    A table that all users share has grants alone, and so nothing without a role.
    """
    found = stated(out.spec, lambda column: type_of(out, column))
    for table in found.tables:
        owned = found.ownerships[qualified(table.name)]
        if owned.scoped:
            _policies(out, table, owned, found, role or policies.PUBLIC)
        if role is not None:
            _grant(out, table, owned, role)


def troubles(spec: Specification, side: str) -> Iterator[Finding]:
    """A finding for each stated owner from which no policy follows."""
    for trouble in stated(spec).troubles:
        place = trouble.table.owner_place
        yield Finding(
            code=rules.OWNER.code,
            rule=rules.OWNER.name,
            severity=rules.OWNER.severity,
            kind="table",
            object=display(*split_name(trouble.table.name)),
            message=trouble.reason,
            places=(Place(side, place.path, place.line),) if place else (),
            hint=trouble.hint or "name a column of the table: **Owner**: `user_id`",
        )


def _policies(out: Draft, table: TableSpec, owned: Owned, found: Stated, role: str) -> None:
    schema, name = split_name(table.name)
    key = Key("table", display(schema, cut(name)))
    place = table.owner_place
    if (element := out.elements.get(key)) is not None and place is not None:
        places = tuple((fact, place) for fact in sorted(_TABLE_FACTS))
        element = replace(element, said=element.said | _TABLE_FACTS, places=(*element.places, *places))
        out.elements[key] = element
        for statement in policies.enable(owned):
            out.late.append(Step(statement.sql, table.name, ref=About(element, "row_security")))
    commands = policies.commands_of(owned)
    made = policies.policies(owned, found.ownerships, role=role)
    for command, statement in zip(commands, made, strict=True):
        named = policies.policy_name(owned, command)
        policy = Key("policy", display(schema, cut(name), named))
        what = Element(policy, _POLICY_FACTS, place, subject=f"{table.name}.{named}")
        out.add(what, "policy", statement.sql, late=True)


def _grant(out: Draft, table: TableSpec, owned: Owned, role: str) -> None:
    schema, name = split_name(table.name)
    key = Key("grant", f"table {display(schema, cut(name))} to {role}")
    what = Element(key, frozenset({"privileges"}), table.owner_place, subject=table.name)
    out.add(what, "grant", policies.grant(owned, role=role).sql, late=True)
