"""Statements that ended the transaction they ran in, or begin one that nobody ends."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.postgres.script import ScriptError, split
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD550",
    name="transaction-control",
    severity=Severity.ERROR,
    title="A revision begins or ends transactions itself",
    reason="""
Alembic runs a revision in a transaction and stamps it at the end. A COMMIT in between leaves half
of the revision behind when the rest fails; a BEGIN without COMMIT in an autocommit block may be
lost.
""",
    example="""
Wrong: `op.execute("COMMIT")`.

Right: `with op.get_context().autocommit_block():` for what needs no transaction, in a revision of
its own.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements that ended the transaction they ran in, or begin one that nobody ends."""
    for step in subject.steps:
        words = _words(step.sql)
        left_open = step.autocommit and words.count("BEGIN") > words.count("COMMIT")
        nested = not step.autocommit and bool(words)
        if step.ended or nested or left_open:
            said = (
                "it ends the transaction of the revision"
                if step.ended
                else "a transaction is under way already"
            )
            if left_open:
                said = "the transaction that it begins is never committed"
            yield subject.finding(
                RULE,
                step,
                "",
                f"{' '.join(step.sql.split())[:60]}: {said}",
                "leave transactions to Alembic; what needs none belongs into `with "
                "op.get_context().autocommit_block():`",
            )


_BEGIN = {"BEGIN", "START"}
_END = {"COMMIT", "END", "ABORT", "ROLLBACK"}


def _words(sql: str) -> list[str]:
    """BEGIN and COMMIT for each statement of the text that begins or ends a transaction."""
    try:
        pieces = [p.words(3) for p in split(sql)]
    except ScriptError:
        return []
    found = ["BEGIN" for words in pieces if words and words[0] in _BEGIN]
    return found + ["COMMIT" for words in pieces if words and words[0] in _END and "TO" not in words]
