"""Tables are named all in the plural or all in the singular."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.names import tables_and_columns
from todo_db.rules.tables import SIDE, Tables, words

RULE = HouseRule(
    code="TD314",
    name="plural-names",
    severity=Severity.INFO,
    title="Tables are named in the singular and in the plural",
    reason="""
Where some tables are `tasks` and others `comment`, each foreign key and each query is a guess.
SQLModel makes it worse: without `__tablename__` the class `Task` is the table `task`. Either style
is fine; the one that fewer tables follow is pointed out, and nothing is said where neither leads or
a word has only one form (`metadata`). Tables that somebody else manages do not count.
""",
    example="""
Mixed: `tasks`, `comments`, `tag`.

Right: `tasks`, `comments`, `tags`.
""",
)
_PLURALS = {"people", "children", "men", "women", "feet", "criteria", "indices"}
_WORDS = """
data metadata media history info information news series species status audit analytics settings
inventory staff equipment feedback progress preferences statistics stats details content access
cache queue software
"""
_ONE_FORM = frozenset(_WORDS.split())
_SINGULAR_ENDS = ("ss", "us", "is")


def check(tables: Tables) -> Iterator[Finding]:
    """The tables whose names are in the form that fewer tables have."""
    named = [n for n in tables_and_columns(tables) if n.kind == "table"]
    plural = [n for n in named if _is_plural(n.text) is True]
    singular = [n for n in named if _is_plural(n.text) is False]
    if not plural or not singular or len(plural) == len(singular):
        return
    odd, form = (singular, "plural") if len(singular) < len(plural) else (plural, "singular")
    for name in odd:
        yield RULE.finding(
            "table",
            name.object,
            f"table {name.text} is not named in the {form} as the other tables are",
            [name.place],
            side=SIDE,
            stated=name.text,
            hint=f"name it in the {form}, before there is a revision with it",
        )


def _is_plural(name: str) -> bool | None:
    last = (words(name) or [""])[-1]
    if not last or last in _ONE_FORM or last.isdigit():
        return None
    if last in _PLURALS or any(w.endswith("os") for w in words(name)):  # `tipos_reserva`
        return True
    return last.endswith("s") and not last.endswith(_SINGULAR_ENDS)
