"""The rules of the comparison, drawn from the kinds of objects: what a finding of each code means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from todo_db.findings import RULES, Rule, Severity, register
from todo_db.objects import KINDS
from todo_db.schema import DbObject, fact_fields

_WAY_OUT = (
    "The spec is the authority. Where it is right, change the model, write the revision with "
    "`todo-db migrate new` and apply it with `todo-db migrate`; where it is not, change the spec at the "
    "place shown. `todo-db diff A B --sql` prints the statements that turn one side into the other."
)

PYTHON_DEFAULT = register(
    Rule(
        "TD210",
        "column-default-python-only",
        Severity.ERROR,
        "the spec asks for a database default, the model sets one in Python only",
        "`Field(default=…)` and `default_factory` act when Python makes the object. They give no DDL: a row "
        "written by anything else (another service, psql, a bulk insert) gets no value. Add "
        '`sa_column_kwargs={"server_default": …}` beside the Python default.',
    )
)

COLUMN_ORDER = register(
    Rule(
        "TD214",
        "table-column-order",
        Severity.WARNING,
        "the columns of a table stand in another order",
        "It matters to `SELECT *`, to INSERT without names and to COPY. PostgreSQL cannot change it: make "
        'a new table, or accept it. It is looked at only with `compare_also = ["column-order"]` in '
        "[tool.todo-db], and only among columns that every side has.",
    )
)


def slug(kind: str) -> str:
    """A kind as it stands in rule names: 'foreign key' → 'foreign-key'."""
    return kind.replace(" ", "-").replace("_", "-")


def rule_for(cls: type[DbObject], fact: str) -> Rule:
    """The rule of a difference in `fact` ('missing', 'extra', 'name' or a field) of objects of this kind."""
    if fact in ("missing", "extra"):
        return RULES[cls.codes.missing if fact == "missing" else cls.codes.extra]
    if fact == "column_order":
        return COLUMN_ORDER
    meta: Mapping[str, Any] = next((f.metadata for f in fact_fields(cls) if f.name == fact), {})
    name = meta.get("rule") or f"{slug(cls.kind)}-{slug(fact)}"
    return Rule(meta.get("code") or cls.codes.differs, name, Severity(meta.get("severity", "error")), "")


def _register(cls: type[DbObject]) -> None:
    kind = cls.kind
    missing = f"a side lacks the {kind} that a side of more authority states"
    register(Rule(cls.codes.missing, f"{slug(kind)}-missing", Severity.ERROR, missing, _WAY_OUT))
    extra = f"a side has a {kind} that the side of most authority does not state"
    register(Rule(cls.codes.extra, f"{slug(kind)}-extra", Severity.ERROR, extra, _WAY_OUT))
    differs = f"sides state different facts of the same {kind}"
    register(Rule(cls.codes.differs, f"{slug(kind)}-differs", Severity.ERROR, differs, _WAY_OUT))
    for field in fact_fields(cls):
        code, name = field.metadata["code"], field.metadata["rule"]
        if code:
            title = f"sides state a different {field.name.replace('_', ' ')} of the same {kind}"
            if code in RULES and RULES[code].name == name:
                continue  # several fields may be one rule
            register(Rule(code, name, Severity(field.metadata["severity"]), title, _WAY_OUT))


for _kind in KINDS:
    _register(_kind)
