"""Several heads, and revisions that were put before applied ones."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD580",
    name="non-linear-history",
    severity=Severity.ERROR,
    title="The history is not one line",
    reason="""
With two heads `upgrade head` refuses. A revision that was put before one that is applied already is
never run on the databases that have that one.
""",
    example="""
Right: `todo-db migrate merge`, or `todo-db migrate rebase` for the branch that is applied nowhere yet.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Several heads, and revisions that were put before applied ones."""
    heads = subject.around.heads
    if subject.first and len(heads) > 1:
        names = ", ".join(head for head, _ in heads)
        yield subject.elsewhere(
            RULE,
            heads[-1][1],
            f"the history has {len(heads)} heads: {names}",
            "todo-db migrate merge, or todo-db migrate rebase for the branch that is applied nowhere yet",
        )
    if subject.revision.id in subject.around.inserted:
        yield subject.finding(
            RULE,
            1,
            "",
            "it stands before a revision that the database has already, so it is never applied there",
            "let it follow the head",
        )
