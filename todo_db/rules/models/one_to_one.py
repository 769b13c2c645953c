"""A one-to-one relationship is one on both sides and in the database."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.expressions import literal
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD403",
    name="one-to-one",
    severity=Severity.WARNING,
    title="A relationship is one-to-one on one side and one-to-many on the other",
    reason="""
A scalar relationship to the class that holds the foreign key (`uselist=False`, which SQLModel draws
from the annotation) takes it for granted that there is at most one row. Without a unique constraint
nothing sees to it: SQLAlchemy takes any of several rows, with a warning (`Multiple rows returned
with uselist=False`).

The other way round, a list over a unique foreign key never has more than one entry, and each reader has to
write `[0]` and think of the empty list.
""",
    example="""
Wrong:

    class Task(SQLModel, table=True):
        priority: Optional["TaskPriority"] = Relationship(back_populates="task")

    class TaskPriority(SQLModel, table=True):
        task_id: int = Field(foreign_key="tasks.id")

Right: `task_id: int = Field(foreign_key="tasks.id", unique=True)`, or make task_id the primary key.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Relationships seen from the side that does not hold the foreign key."""
    for cls in models.tables:
        for relationship in cls.relationships.values():
            target = models.target(relationship)
            if target is None or target is cls or relationship.is_custom or cls.keys_to(target):
                continue
            keys = target.keys_to(cls)
            joined = any(o in relationship.relationship_options for o in ("primaryjoin", "foreign_keys"))
            if len(keys) != 1 or joined or target.hides_args:
                continue
            yield from _compare(cls, relationship, target, keys[0])


def _compare(
    cls: ModelClass, relationship: Attribute, target: ModelClass, key: Attribute
) -> Iterator[Finding]:
    unique = target.is_unique(key)
    many = relationship.annotation.collection
    if literal(relationship.relationship_options.get("uselist")) is False:
        many = False
    held = f"{target.name}.{key.name}"
    if not many and not unique and target.is_whole and relationship.annotation.target:
        said = f"{cls.name}.{relationship.name} takes one {target.name} for granted, but {held} is not unique"
        hint = f"add unique=True to {held}, or annotate a list"
    elif many and unique:
        said = f"{cls.name}.{relationship.name} is a list, but {held} is unique: it has at most one entry"
        hint = f'annotate it {target.name} | None instead of list["{target.name}"]'
    else:
        return
    yield RULE.finding(
        "relationship",
        cls.object(relationship.name),
        said,
        [relationship.place, key.place],
        side=SIDE,
        hint=hint,
    )
