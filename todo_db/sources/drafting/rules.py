"""The findings of a spec that PostgreSQL does not take as it stands."""

from __future__ import annotations

from todo_db.findings import Finding, Place, Rule, Severity, register
from todo_db.sources.build import Failure
from todo_db.sources.drafting.draft import About, Element

_EXPLAIN = (
    "The spec was put into a PostgreSQL server of our own, and this statement was refused. The message is "
    "the server's. What depends on it could not be compared.\n\n**To mend it**, correct the place shown."
)


def _rule(code: str, name: str, title: str) -> Rule:
    return register(Rule(code, name, Severity.ERROR, title, _EXPLAIN))


TYPE = _rule("TD170", "spec-type-invalid", "PostgreSQL does not know this type")
DEFAULT = _rule("TD171", "spec-default-invalid", "PostgreSQL does not take this default")
EXPRESSION = _rule("TD172", "spec-check-invalid", "PostgreSQL does not take this check or expression")
REFERENCE = _rule("TD173", "spec-foreign-key-invalid", "PostgreSQL does not take this foreign key")
INDEX = _rule("TD174", "spec-index-invalid", "PostgreSQL does not take this index or key")
OWNER = register(
    Rule(
        "TD176",
        "spec-owner-invalid",
        Severity.ERROR,
        "The owner of a table, as the spec states it, leads nowhere",
        "From `owner:` follow the policies that keep users apart, so an owner that names no column of the "
        "table, or a table without an owner of its own, would leave the rows open without a word. It names "
        "the column that holds the user (`**Owner**: `user_id``), or a foreign key to a table that has an "
        "owner (`task_id`), or `organization:org_id`, `organization:org_id, user_id`, or for the table that "
        "says who belongs to which organization `membership:org_id, user_id`; `none` says that the rows are "
        "everybody's.\n\n**To mend it**, correct the owner at the place shown, or state that of the table "
        "that it leads to.",
    )
)
OTHER = _rule("TD175", "spec-does-not-build", "PostgreSQL does not take this part of the spec")

# the fact or kind that a statement is about → rule, words, what to do
_ABOUT: dict[str, tuple[Rule, str, str]] = {
    "type": (TYPE, "the type", "write a PostgreSQL type, or define the type in the spec"),
    "default": (
        DEFAULT,
        "the default",
        "write an SQL expression of the column's type; text goes in single quotes",
    ),
    "generated": (
        EXPRESSION,
        "the generation expression",
        "write an SQL expression over columns of the table",
    ),
    "check": (EXPRESSION, "the check", "write a boolean SQL expression over columns of the table"),
    "exclusion": (EXPRESSION, "the exclusion constraint", "write it as in SQL, from EXCLUDE on"),
    "foreign key": (
        REFERENCE,
        "the foreign key",
        "name columns that both tables have, of types that can be compared",
    ),
    "index": (INDEX, "the index", "name columns of the table; index names are unique in their schema"),
    "unique": (INDEX, "the unique constraint", "name columns of the table; names are unique in their schema"),
    "primary key": (INDEX, "the primary key", "name columns of the table, and one key only"),
    "policy": (OWNER, "the policy", "let the owner be a column whose type a text can be cast to"),
    "row_security": (OWNER, "the row level security", "correct the place shown"),
    "grant": (OWNER, "the grant", "see app_role in [tool.todo-db]"),
    "identity": (OTHER, "numbering by itself", "only smallint, integer and bigint columns number themselves"),
}

_FACTS = ("type", "default", "generated", "identity")


def finding(failure: Failure, about: About, side: str) -> Finding:
    """The finding for a statement of the spec that PostgreSQL refused."""
    element = about.element
    rule, words, hint = _ABOUT.get(about.fact, (OTHER, f"the {element.key.kind}", "correct the place shown"))
    link = " of " if about.fact in _FACTS else " "
    message = f"{words}{link}{element.subject} is refused by PostgreSQL: {failure.reason}"
    return _finding(rule, about, message, hint, side)


def unknown_type(element: Element, type_: str, side: str) -> Finding:
    """The finding for a column whose type neither PostgreSQL nor the spec defines."""
    message = f"the type of {element.subject}, {type_}, is defined neither by PostgreSQL nor by the spec"
    return _finding(TYPE, About(element, "type"), message, _ABOUT["type"][2], side)


def _finding(rule: Rule, about: About, message: str, hint: str, side: str) -> Finding:
    element = about.element
    place = dict(element.places).get(about.fact, element.place)
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=rule.severity,
        kind=element.key.kind,
        object=element.key.name,
        message=message,
        places=(Place(side, place.path, place.line),) if place else (),
        hint=hint,
    )
