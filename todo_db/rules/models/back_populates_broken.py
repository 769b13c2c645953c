"""What back_populates names exists and points back."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.expressions import text
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD401",
    name="back-populates-broken",
    severity=Severity.ERROR,
    title="back_populates names something that is not there, or that does not point back",
    reason="""
SQLAlchemy joins the two sides when the first query runs, not when the module is imported. A name
that does not exist then raises `Mapper 'Mapper[User(users)]' has no property 'taks'`, and no query
of *any* model works. Where the name exists but leads elsewhere, one side is not updated when the
other one changes.
""",
    example="""
Wrong:

    class User(SQLModel, table=True):
        tasks: list["Task"] = Relationship(back_populates="owner")

    class Task(SQLModel, table=True):
        user: User = Relationship(back_populates="tasks")

Right: `back_populates="user"` in User; each side names the attribute of the other.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Relationships whose other side is missing or points elsewhere."""
    for cls in models.tables:
        for relationship in cls.relationships.values():
            back = text(relationship.relationship_options.get("back_populates"))
            target = models.target(relationship)
            if back is None or target is None:
                continue
            other = target.relationships.get(back)
            if other is None:
                if target.is_whole and target.assigned(back) is None:
                    yield _finding(cls, relationship, f"{target.name} has no relationship {back!r}", target)
            elif said := _elsewhere(models, cls, relationship, other):
                yield _finding(cls, relationship, said, target, other)


def _elsewhere(models: Models, cls: ModelClass, relationship: Attribute, other: Attribute) -> str | None:
    there = models.target(other)
    if there is not None and cls not in there.lineage and there not in cls.lineage:
        return f"{other.owner.name}.{other.name} leads to {there.name}, not back to {cls.name}"
    back = text(other.relationship_options.get("back_populates"))
    if back is not None and back != relationship.name and back in cls.relationships:
        return f"{other.owner.name}.{other.name} points back to {back!r}, not to {relationship.name!r}"
    return None


def _finding(
    cls: ModelClass, relationship: Attribute, said: str, target: ModelClass, other: Attribute | None = None
) -> Finding:
    return RULE.finding(
        "relationship",
        cls.object(relationship.name),
        f"{cls.name}.{relationship.name}: {said}",
        [relationship.place, other.place if other is not None else target.place],
        side=SIDE,
        hint="let each side's back_populates name the attribute of the other side",
    )
