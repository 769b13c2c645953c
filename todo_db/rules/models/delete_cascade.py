"""A relationship to children says what happens to them when their parent is deleted."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.expressions import literal
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD405",
    name="delete-cascade",
    severity=Severity.WARNING,
    title="Deleting a parent would set its children's foreign key to null, which is NOT NULL",
    reason="""
`session.delete(user)` does not leave the children to the database: SQLAlchemy loads them and sets
their foreign key to null, *even where the foreign key says ON DELETE CASCADE*. The column is NOT
NULL, so the delete fails with an IntegrityError. The relationship has to say what is meant.

A relationship that deletes the children over a key that says ON DELETE SET NULL is pointed out too:
what happens then depends on who deletes, SQLAlchemy or psql.
""",
    example="""
Wrong: `tasks: list["Task"] = Relationship(back_populates="user")` with a `user_id: str` in Task.

Right: `Relationship(back_populates="user", cascade_delete=True)` with `Field(foreign_key=…,
ondelete="CASCADE")`; add `passive_deletes="all"` instead to leave all of it to the database.
""",
)
_SAID = ("cascade_delete", "passive_deletes", "cascade", "viewonly")


def check(models: Models) -> Iterator[Finding]:
    """Relationships to the class that holds a NOT NULL foreign key."""
    for cls in models.tables:
        for relationship in cls.relationships.values():
            target = models.target(relationship)
            if target is None or target is cls or relationship.is_custom:
                continue
            if cls.keys_to(target) or relationship.keyword("link_model") is not None:
                continue
            keys = target.keys_to(cls)
            if len(keys) == 1:
                yield from _compare(cls, relationship, target, keys[0])


def _compare(
    cls: ModelClass, relationship: Attribute, target: ModelClass, key: Attribute
) -> Iterator[Finding]:
    options = relationship.relationship_options
    name = f"{cls.name}.{relationship.name}"
    if literal(options.get("cascade_delete")) is True and key.on_delete == "set null":
        said = f"{name} deletes the children, but {target.name}.{key.name} says ON DELETE SET NULL"
        hint = "say the same on both sides"
    elif key.nullable is False and not any(option in options for option in _SAID):
        said = (
            f"{name} does not say what happens to its {target.name} rows: deleting a {cls.name} sets their "
        )
        said += f"{key.name} to null, which is NOT NULL"
        hint = 'add cascade_delete=True, or passive_deletes="all" to leave it to the database'
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
