"""Children are not loaded with one query per parent by accident."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.classes import SIDE, Models
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD407",
    name="lazy-loading",
    severity=Severity.INFO,
    title="A list of children is loaded with one query per parent",
    reason="""
A relationship is loaded when it is first touched. Over a list of parents that is one query for the
list and one for *each* parent (N+1): a page with 50 tasks and their comments sends 51. In async
code it does not work at all (`MissingGreenlet`). Saying how a collection is loaded makes the choice
visible; `raise` finds every place that forgot to choose.

This is advice, given once per class, and only for collections that say nothing about loading.
""",
    example="""
Silent: `comments: list["Comment"] = Relationship(back_populates="task")`.

Said in the query: `select(Task).options(selectinload(Task.comments))`, and in the model, so that it
is not forgotten, `Relationship(back_populates="task", sa_relationship_kwargs={"lazy": "raise"})`;
or `{"lazy": "selectin"}` where the children are always wanted.
""",
)


def check(models: Models) -> Iterator[Finding]:
    """Classes with collections that do not say how they are loaded."""
    for cls in models.tables:
        silent = [
            r
            for r in cls.relationships.values()
            if r.annotation.collection and not r.is_custom and "lazy" not in r.relationship_options
        ]
        if silent:
            names = ", ".join(f"{cls.name}.{r.name}" for r in silent)
            yield RULE.finding(
                "table",
                cls.object(),
                f"{names}: one query for each {cls.name}, unless the query loads it eagerly",
                [r.place for r in silent],
                side=SIDE,
                hint='use selectinload(); sa_relationship_kwargs={"lazy": "raise"} finds queries that forgot',
            )
