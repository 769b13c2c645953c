"""A foreign key can be followed from Python too."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD406",
    name="foreign-key-without-relationship",
    severity=Severity.INFO,
    title="A foreign key has no relationship",
    reason="""
Without a relationship `task.user` is a query of its own wherever it is needed, eager loading is not
possible, and SQLAlchemy does not know that the parent has to be inserted first. Some projects do
without relationships on purpose, so it is advice.

Link tables, and keys to tables that somebody else manages or that no model describes, are passed over.
""",
    example="""
Before: `user_id: int = Field(foreign_key="users.id")`.

After: beside it `user: "User" = Relationship(back_populates="tasks")`, and in User
`tasks: list["Task"] = Relationship(back_populates="user")`.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Foreign keys between two models that no relationship follows."""
    for cls in models.tables:
        for field in cls.fields.values():
            target = _target(models, field)
            if target is None or cls.is_link or not cls.is_whole or _followed(models, cls, target):
                continue
            yield RULE.finding(
                "foreign key",
                cls.object(field.column_name),
                f"no relationship follows {cls.name}.{field.name} to {target.name}",
                [field.place, target.place],
                side=SIDE,
                stated=field.foreign_key,
                hint="add a Relationship on both sides, with back_populates",
            )


def _target(models: Models, field: Attribute) -> ModelClass | None:
    table = field.foreign_key.rpartition(".")[0] if field.foreign_key else ""
    found = models.of_table(table) if table else []
    return found[0] if len(found) == 1 and not found[0].is_external else None


def _followed(models: Models, cls: ModelClass, target: ModelClass) -> bool:
    """Whether a relationship leads from one to the other; one whose target is not found may be it."""
    out, back = ([(r, models.target(r)) for r in c.relationships.values()] for c in (cls, target))
    return any(t is target or t is None for _, t in out) or any(t is cls or t is None for _, t in back)
