"""Operations that leave the name to PostgreSQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD589",
    name="unnamed-constraint",
    severity=Severity.INFO,
    title="A constraint or index without a name",
    reason="""
PostgreSQL names it by its own rule, which a downgrade or a later revision has to guess; two
databases may have two names for it.
""",
    example="""
Wrong: `op.create_unique_constraint(None, "users", ["email"])`.

Right: a name, or `naming_convention` in the models' metadata with `op.f(…)`.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Operations that leave the name to PostgreSQL."""
    for call in subject.source.calls():
        operation = call.name in _OPERATIONS and call.node.args and _is_none(call.node.args[0])
        member = call.name in _MEMBERS and not any(
            k.arg == "name" and not _is_none(k.value) for k in call.node.keywords
        )
        if operation or member:
            yield subject.finding(
                RULE,
                call.line,
                "",
                f"{call.name} leaves the name to PostgreSQL",
                "name it, or set naming_convention in the models' metadata",
                severity=Severity.WARNING if operation else None,
            )


_OPERATIONS = {
    f"create_{n}" for n in ("foreign_key", "unique_constraint", "check_constraint", "index", "primary_key")
}
_MEMBERS = {"UniqueConstraint", "CheckConstraint", "ForeignKeyConstraint"}


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
