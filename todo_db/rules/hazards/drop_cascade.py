"""Statements with CASCADE, and what went with them."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.hazards.subject import Subject
from todo_db.postgres.script import ScriptError, split
from todo_db.rules.house import HouseRule

RULE = HouseRule(
    code="TD590",
    name="drop-cascade",
    severity=Severity.ERROR,
    title="CASCADE drops what nobody named",
    reason="""
Everything that depends on it goes too: views, foreign keys of other tables, policies, on a live
database perhaps more than on scratch.
""",
    example="""
Right: drop what depends on it first, by name, without CASCADE.
""",
)


def check(subject: Subject) -> Iterator[Finding]:
    """Statements with CASCADE, and what went with them."""
    for step in subject.steps:
        if not _cascades(step.sql):
            continue
        gone = step.of("dropped", "constraint-dropped")
        if not gone and not step.of("column-dropped", "enum-dropped", "domain-dropped", "schema-dropped"):
            continue
        names = [e.name.removeprefix("public.") for e in gone if e.relation and e.relation.kind in "rpvmfS"]
        yield subject.finding(
            RULE,
            step,
            "",
            "CASCADE drops whatever depends on it" + (f"; here: {', '.join(names[:6])}" if names else ""),
            "name what is to go, without CASCADE: on live more may depend on it than on scratch",
        )


def _cascades(sql: str) -> bool:
    """Whether a DROP, also within ALTER, says CASCADE; ON DELETE CASCADE is none."""
    try:
        pieces = [[t.upper for t in p.tokens] for p in split(sql)]
    except ScriptError:
        return False
    return any(
        "DROP" in words[:n] and word == "CASCADE" and words[n - 1] not in ("DELETE", "UPDATE")
        for words in pieces
        for n, word in enumerate(words)
    )
