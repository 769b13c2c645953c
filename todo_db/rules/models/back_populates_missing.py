"""A relationship stands on both sides, and the sides know each other."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.expressions import text
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD402",
    name="back-populates-missing",
    severity=Severity.WARNING,
    title="The two sides of a relationship do not know each other",
    reason="""
Two relationships over the same foreign key without back_populates are two writers of one column:
SQLAlchemy warns (`relationship X will copy column Y to column Z, which conflicts with …`), and
`user.tasks.append(task)` leaves `task.user` as it was until the next refresh, so code that runs
before sees two truths.

A relationship on one side only works; the house style has both, so that is only remarked on (info).
""",
    example="""
Wrong:

    class User(SQLModel, table=True):
        tasks: list["Task"] = Relationship()

    class Task(SQLModel, table=True):
        user: User = Relationship()

Right: `Relationship(back_populates="user")` and `Relationship(back_populates="tasks")`.
""",
)
_SAID = ("back_populates", "backref", "viewonly", "sa_relationship")


def check(models: Models) -> Iterator[Finding]:
    """Relationships without back_populates."""
    for cls in models.tables:
        for relationship in cls.relationships.values():
            target = models.target(relationship)
            said = any(option in relationship.relationship_options for option in _SAID)
            if said or relationship.is_custom or target is None or target.is_external:
                continue
            yield _finding(cls, relationship, target, _others(models, cls, target, relationship))


def _others(models: Models, cls: ModelClass, target: ModelClass, mine: Attribute) -> list[Attribute]:
    """The relationships that lead back, but for those that belong to another one of this class."""
    back = (r for r in target.relationships.values() if models.target(r) is cls)
    named = ((r, text(r.relationship_options.get("back_populates"))) for r in back)
    return [
        r
        for r, n in named
        if r.place != mine.place and (n in (None, mine.name) or n not in cls.relationships)
    ]


def _finding(
    cls: ModelClass, relationship: Attribute, target: ModelClass, others: list[Attribute]
) -> Finding:
    name = f"{cls.name}.{relationship.name}"
    if others:
        said = f"{name} and {others[0].owner.name}.{others[0].name} do not know each other"
        hint = f'add back_populates="{others[0].name}" here and "{relationship.name}" there'
    else:
        said, hint = (
            f"{name} has no other side in {target.name}",
            f"add the relationship to {target.name}, with back_populates on both sides",
        )
    return RULE.finding(
        "relationship",
        cls.object(relationship.name),
        said,
        [relationship.place, others[0].place if others else target.place],
        side=SIDE,
        hint=hint,
        severity=RULE.severity if others else Severity.INFO,
    )
