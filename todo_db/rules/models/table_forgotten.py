"""A class that describes a table says table=True."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.classes import SIDE, ModelClass, Models
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD416",
    name="table-forgotten",
    severity=Severity.WARNING,
    title="A class has a primary key and is not a table",
    reason="""
Without `table=True` a SQLModel class is a pydantic schema: `Field(primary_key=True)`, `foreign_key`
and `Relationship` have no effect, no table is made, and nothing says so until the first query.

Classes that others inherit from are passed over, and so are those that are called Base, Mixin,
Read, Create and the like: a schema may repeat a key.
""",
    example="""
Wrong: `class Comment(SQLModel):` with `id: int | None = Field(default=None, primary_key=True)`.

Right: `class Comment(SQLModel, table=True):`.
""",
)
_WORDS = """
Base Mixin Abstract Model Create Read Update Patch Public Response Request Schema Out In Payload DTO
Input Output Detail Details List Summary Form
"""
_SCHEMAS = tuple(_WORDS.split())


def check(models: Models) -> Iterator[Finding]:
    """SQLModel classes that look like tables, that nothing inherits from."""
    inherited = {base.node for cls in models.classes for base in cls.lineage[1:]}
    for cls in models.classes:
        if cls.is_table or not cls.is_sqlmodel or cls.node in inherited or cls.name.endswith(_SCHEMAS):
            continue
        if any(base.is_table for base in cls.lineage):
            continue
        bases = ", ".join(base.rpartition(".")[2] for base in cls.base_names)
        if signs := list(_signs(cls)):
            yield RULE.finding(
                "class",
                f"{cls.module.name}.{cls.name}",
                f"class {cls.name} has {' and '.join(signs)}, but not table=True: it makes no table",
                [cls.place],
                side=SIDE,
                hint=f"write class {cls.name}({bases}, table=True)",
            )


def _signs(cls: ModelClass) -> Iterator[str]:
    """What only a table can use, in the class itself."""
    if any(a.is_primary for a in cls.own.values()):
        yield "a primary key"
    if any(name in cls.relationships for name in cls.own):
        yield "a relationship"
    assigned = (t for n in cls.node.body for t in (*getattr(n, "targets", ()), getattr(n, "target", None)))
    if any(getattr(target, "id", "") == "__tablename__" for target in assigned):
        yield "a table name"
