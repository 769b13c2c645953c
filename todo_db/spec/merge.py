"""The statements about one column → one ColumnSpec, and what contradicts itself in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from todo_db.findings import Finding, Place, Rule
from todo_db.spec import names, rules, types
from todo_db.spec.document import UNSAID, ColumnSpec, ReferenceSpec, Unsaid
from todo_db.spec.statements import Force, Notation, Statement, spot

_PLAIN_FACTS = (
    "max_length", "nullable", "primary_key", "unique", "index", "autoincrement", "identity", "server_default",
    "default", "generated", "collation", "on_update", "comment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """A column and the findings about it."""

    column: ColumnSpec
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Column:
    """Everything said about one column, by fact."""

    table: str
    name: str
    said: dict[str, list[Statement]]
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    def best(self, fact: str) -> Statement | None:
        said = self.said.get(fact)
        if not said:
            return None
        return said[0] if len(said) == 1 else min(said, key=_authority)

    def value(self, fact: str) -> Any:
        """The value that counts, or UNSAID; its place is kept."""
        best = self.best(fact)
        if best is None:
            return UNSAID
        self.places[fact] = best.place
        return best.value


def _authority(statement: Statement) -> tuple[int, int]:
    return statement.authority


def merge_column(
    table: str, name: str, statements: Iterable[Statement], resolve: Callable[[str], str]
) -> Merged:
    """One column from all statements about it; `resolve` gives the table that a reference means."""
    said: dict[str, list[Statement]] = {}
    for statement in statements:
        said.setdefault(statement.fact, []).append(statement)
    column = _Column(table, name, said)
    _imply(column)
    references = _references(column, resolve)
    values = {fact: column.value(fact) for fact in _PLAIN_FACTS}
    type_ = _type(column)
    if values["primary_key"] is True:
        values["nullable"] = False
        values["unique"] = UNSAID  # the key is
    if values["nullable"] is UNSAID and (values["autoincrement"] is True or values["identity"]):
        values["nullable"] = False  # as every column is that PostgreSQL counts up
    if type_ and re.search(r"\(\d+\)", type_):
        values["max_length"] = UNSAID  # the type says it
    if type_ == "boolean":
        values["server_default"] = types.BITS.get(values["server_default"], values["server_default"])
    _contradictions(column, resolve)
    first = min(said["exists"], key=lambda s: s.authority)
    spec = ColumnSpec(
        name=name,
        type=type_,
        references=references,
        description=_description(column),
        renamed_from=_renamed(column),
        place=first.place,
        places={fact: place for fact, place in column.places.items() if place != first.place},
        **values,
    )
    return Merged(spec, tuple(column.findings))


def _imply(column: _Column) -> None:
    """What complete notations say by leaving it out: no foreign key, no ON DELETE rule."""
    for notation in {s.notation for s in column.said.get("exists", ())}:
        if not notation.complete or notation is Notation.YAML:
            continue
        here = next(s for s in column.said["exists"] if s.notation is notation)
        stated = [s for s in column.said.get("references", ()) if s.notation is notation]
        if not stated:
            column.said.setdefault("references", []).append(_implied(here, "references", None))
        elif not any(s.notation is notation for s in column.said.get("on_delete", ())):
            column.said.setdefault("on_delete", []).append(_implied(stated[0], "on_delete", "no action"))


def _implied(like: Statement, fact: str, value: object) -> Statement:
    return Statement(like.table, fact, value, like.place, like.notation, like.column, Force.IMPLIED)


def _type(column: _Column) -> str | Unsaid:
    """The type of the highest authority, with the length that a compatible one adds."""
    ordered = sorted(column.said.get("type", ()), key=_authority)
    if not ordered:
        return UNSAID
    chosen = ordered[0]
    for other in ordered[1:]:
        one, two = str(chosen.value), str(other.value)
        if types.compatible(one, two) and types.specificity(two) > types.specificity(one):
            chosen = other
    column.places["type"] = chosen.place
    return str(chosen.value)


def _references(column: _Column, resolve: Callable[[str], str]) -> ReferenceSpec | None | Unsaid:
    """The foreign key: its target from the best statement that names one, its rules from wherever they
    are said."""
    stated = sorted(column.said.get("references", ()), key=lambda s: s.authority)
    targets = [s for s in stated if isinstance(s.value, ReferenceSpec) and s.value.table]
    denied = [s for s in stated if s.value is None and s.force is Force.SAID]
    if denied and not any(s.force is Force.SAID and s.notation.complete for s in targets):
        column.places["references"] = denied[0].place
        column.said["references"] = denied
        return None
    if not targets:
        return UNSAID
    return _joined(
        column, [s.value for s in targets if isinstance(s.value, ReferenceSpec)], targets[0], resolve
    )


def _joined(
    column: _Column, targets: list[ReferenceSpec], first: Statement, resolve: Callable[[str], str]
) -> ReferenceSpec:
    table = resolve(targets[0].table)
    same = [t for t in targets if resolve(t.table) == table]
    column.places["references"] = first.place
    rules_ = {fact: column.value(fact) for fact in ("on_delete", "fk_on_update")}
    best = column.best("on_delete")
    if best is not None and best.force is Force.IMPLIED:
        rules_["on_delete"] = UNSAID
    return ReferenceSpec(
        table=table,
        columns=next((t.columns for t in same if t.columns), ()),
        on_delete=rules_["on_delete"],
        on_update=rules_["fk_on_update"],
        name=next((t.name for t in same if t.name), UNSAID) or column.value("fk_name"),
        deferrable=next((t.deferrable for t in same if t.deferrable), UNSAID) or column.value("deferrable"),
    )


def _description(column: _Column) -> str:
    stated = sorted(column.said.get("description", ()), key=lambda s: s.authority)
    return next((str(s.value) for s in stated if s.value), "")


def _renamed(column: _Column) -> str | None:
    best = column.best("renamed_from")
    return str(best.value) if best else None


# ---- contradictions -----------------------------------------------------------------------------

_Same = Callable[[Any, Any], bool]


def _contradictions(column: _Column, resolve: Callable[[str], str]) -> None:
    _compare(column, "type", rules.TYPE, lambda a, b: _types_agree(column, str(a), str(b)))
    if not column.said.get("primary_key"):
        _compare(column, "nullable", rules.NULLABILITY, lambda a, b: bool(a == b))
    _compare(column, "server_default", rules.DEFAULT, lambda a, b: _default_key(a) == _default_key(b))
    _compare(column, "references", rules.FOREIGN_KEY, lambda a, b: _targets_agree(a, b, resolve))
    _compare(column, "on_delete", rules.ON_DELETE, lambda a, b: bool(a == b))
    _compare(column, "primary_key", rules.PRIMARY_KEY, lambda a, b: bool(a == b))
    _compare(column, "unique", rules.UNIQUE, lambda a, b: bool(a == b))


def _compare(column: _Column, fact: str, rule: Rule, agree: _Same) -> None:
    """Hold every firm statement of a fact against the one that counts; one finding per other value."""
    said = column.said.get(fact, ())
    if len(said) < 2:
        return
    firm = sorted((s for s in said if s.force > Force.HINT), key=_authority)
    reported: set[str] = set()
    for other in firm[1:]:
        first = firm[0]
        if agree(first.value, other.value) or _show(fact, other.value) in reported:
            continue
        reported.add(_show(fact, other.value))
        one, two = _show(fact, first.value), _show(fact, other.value)
        rule_ = rules.TIME_ZONE if fact == "type" and _only_zone(one, two) else rule
        message = (
            f"{column.table}.{column.name} is {one} in {spot(first, other)} ({first.notation.label}) "
            f"and {two} in {spot(other, first)} ({other.notation.label})."
        )
        name = f"{column.table}.{column.name}"
        column.findings.append(
            rules.finding(rule_, "column", name, message, (first.place, other.place), stated=one)
        )


def _types_agree(column: _Column, one: str, two: str) -> bool:
    return (
        types.compatible(one, two) or _diagram_agrees(column, one, two) or _checked_length(column, one, two)
    )


def _checked_length(column: _Column, one: str, two: str) -> bool:
    """`max_length` of a model is checked by pydantic too: beside `text` it is a limit, not another type."""
    lengths = {str(s.value) for s in column.said["type"] if s.notation is Notation.CODE}
    return "text" in (one, two) and any(t in lengths and t.startswith("varchar(") for t in (one, two))


def _diagram_agrees(column: _Column, one: str, two: str) -> bool:
    """A diagram's type is short for the real one: `timestamp` there is no statement about the zone."""
    loose = [s for s in column.said["type"] if s.notation in (Notation.MERMAID, Notation.BOX)]
    return _only_zone(one, two) and any(str(s.value) in (one, two) for s in loose)


def _only_zone(one: str, two: str) -> bool:
    return {t.partition("(")[0] for t in (one, two)} == {"timestamp", "timestamptz"}


def _without_column(target: ReferenceSpec) -> tuple[str, ...]:
    """`auth.users`, read as a column, where a schema's table may be meant."""
    return tuple(f"{target.table}.{column}" for column in target.columns)


def _targets_agree(one: object, two: object, resolve: Callable[[str], str]) -> bool:
    if not isinstance(one, ReferenceSpec) or not isinstance(two, ReferenceSpec):
        return one is two
    if not one.table or not two.table:
        return True
    if one.table in _without_column(two) or two.table in _without_column(one):
        return True
    same = names.key(resolve(one.table)) == names.key(resolve(two.table))
    return same and (not one.columns or not two.columns or one.columns == two.columns)


def _default_key(value: object) -> str | None:
    """Two spellings of one default have one key."""
    if value is None:
        return None
    text = re.sub(r"::[\w ]+(?:\[\])?\Z", "", str(value).strip()).lower()
    text = re.sub(r"^\((.*)\)$", r"\1", text)
    if re.fullmatch(r"current_timestamp(?:\(\))?|now\(\)|current timestamp|localtimestamp", text):
        return "now()"
    if re.fullmatch(r"gen_random_uuid\(\)|uuid_generate_v4\(\)", text):
        return "uuid4"
    return text.strip("'")


def _show(fact: str, value: object) -> str:  # noqa: PLR0911 - one per fact
    """A value as it stands in a message."""
    if fact == "nullable":
        return "nullable" if value else "NOT NULL"
    if fact == "references":
        if isinstance(value, ReferenceSpec):
            target = (
                f"{value.table}.{value.columns[0]}"
                if value.columns
                else value.table or "a table that is not named"
            )
            return f"a foreign key to {target}"
        return "no foreign key"
    if fact == "on_delete":
        return f"ON DELETE {str(value).upper()}"
    if fact == "server_default":
        return "without default" if value is None else f"DEFAULT {value}"
    if fact in ("unique", "primary_key"):
        return f"{'' if value else 'not '}{fact.replace('_', ' ')}"
    return str(value)
