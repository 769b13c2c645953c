"""SQLAlchemy can tell by which foreign key, or by which link_model, a relationship joins."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD404",
    name="relationship-join",
    severity=Severity.ERROR,
    title="Nothing says how the two tables of a relationship are joined",
    reason="""
A many-to-many relationship needs the table in between, as link_model, on *both* sides; any other
one needs exactly one foreign key between the two tables, or a word about which one is meant.
Otherwise the first query of the application raises NoForeignKeysError or AmbiguousForeignKeysError,
whichever model it asks for.
""",
    example="""
Wrong: `tags: list["Tag"] = Relationship(back_populates="tasks")` in Task, the like in Tag, and no
link_model.

Right:

    class TaskTag(SQLModel, table=True):
        task_id: int = Field(foreign_key="tasks.id", primary_key=True, ondelete="CASCADE")
        tag_id: int = Field(foreign_key="tags.id", primary_key=True, ondelete="CASCADE")

    class Task(SQLModel, table=True):
        tags: list["Tag"] = Relationship(back_populates="tasks", link_model=TaskTag)

Of several foreign keys name one: `sa_relationship_kwargs={"foreign_keys": "Task.assignee_id"}`.
""",
)
_BY_HAND = ("link_model", "secondary", "primaryjoin", "foreign_keys")


def check(models: Models) -> Iterator[Finding]:
    """Relationships without a way to join, with too many, or over a link that does not link."""
    for cls in models.tables:
        for relationship in cls.relationships.values():
            target = models.target(relationship)
            if target is None or relationship.is_custom:
                continue
            link = relationship.keyword("link_model")
            if link is not None:
                yield from _link(cls, relationship, target, models.class_at(cls.dotted(link)))
            elif not any(option in relationship.relationship_options for option in _BY_HAND):
                yield from _keys(models, cls, relationship, target)


def _link(
    cls: ModelClass, relationship: Attribute, target: ModelClass, link: ModelClass | None
) -> Iterator[Finding]:
    if link is None or not link.is_whole or link.table_args is not None:
        return
    if not link.is_table:
        yield _finding(cls, relationship, f"its link_model {link.name} lacks table=True", link)
        return
    for end in (cls, target):
        if end.table_name is not None and not link.keys_to(end):
            said = f"its link_model {link.name} has no foreign key to {end.table_name}"
            yield _finding(cls, relationship, said, link)


def _keys(models: Models, cls: ModelClass, relationship: Attribute, target: ModelClass) -> Iterator[Finding]:
    if not _is_plain(cls) or not _is_plain(target):
        return
    count = len(cls.keys_to(target)) + (len(target.keys_to(cls)) if target is not cls else 0)
    if count == 0:
        many = relationship.annotation.collection and any(
            r.annotation.collection for r in target.relationships.values() if models.target(r) is cls
        )
        needs = "many-to-many needs a link_model" if many else "there is no foreign key between them"
        yield _finding(cls, relationship, f"nothing joins it to {target.name}: {needs}", target)
    elif count > 1 and target is not cls:
        said = f"{count} foreign keys join {cls.name} and {target.name}, and it does not say which it follows"
        yield _finding(cls, relationship, said, target)


def _is_plain(cls: ModelClass) -> bool:
    """Whether all of its foreign keys stand in its fields."""
    computed = any(f.is_opaque for f in cls.fields.values())
    elsewhere = cls.hides_args or bool(cls.constraints("ForeignKeyConstraint"))
    return cls.is_whole and cls.table_name is not None and not computed and not elsewhere


def _finding(cls: ModelClass, relationship: Attribute, said: str, other: ModelClass) -> Finding:
    return RULE.finding(
        "relationship",
        cls.object(relationship.name),
        f"{cls.name}.{relationship.name}: {said}",
        [relationship.place, other.place],
        side=SIDE,
        hint="add the foreign key or the link_model, or name the key with foreign_keys",
    )
