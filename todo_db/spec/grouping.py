"""Which statements are about the same table: `Task Model`, `Tasks Table` and `CREATE TABLE tasks` are one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from todo_db.findings import Finding, Place
from todo_db.spec import names, rules
from todo_db.spec.document import ForeignKeySpec, ReferenceSpec
from todo_db.spec.source import is_unplaced
from todo_db.spec.statements import Firmness, Notation, Statement, TableName

DEFINING_FACTS = ("exists", "table", "external")


@dataclass(slots=True)
class Spelling:
    """One spelling of a table's name: how firmly it was meant, who used it, where first."""

    text: str
    firmness: Firmness
    place: Place
    notations: set[Notation] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    @property
    def rank(self) -> int:
        return min(n.rank for n in self.notations)


@dataclass(frozen=True, slots=True)
class Grouping:
    """The tables of a document: every spelling → the name of its table, and what was unclear about names."""

    canonical: Mapping[str, str]
    by_key: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def resolve(self, name: str) -> str:
        """The table that a reference means; the name itself where the document states no such table."""
        return self.canonical.get(name) or self.by_key.get(names.key(name), name)


def group(statements: Iterable[Statement], mentions: Iterable[str], called: Collection[str] = ()) -> Grouping:
    """Put the spellings of table names together.

    mentions: names by which the document refers to tables (targets of foreign keys, tables in queries);
    called: those that its text uses as a table's (`tasks.user_id`), after which nobody has to be asked.
    """
    listed = list(statements)
    spellings = _spellings(listed)
    findings: list[Finding] = []
    canonical = _place_nameless(spellings, findings)
    spoken: dict[str, list[str]] = {}
    for word in (*mentions, *called, *_targets(listed)):
        spoken.setdefault(names.key(word), []).append(word)
    for together in _together(spellings.values()):
        name = _name(together, spoken)
        for spelling in together:
            canonical[spelling.text] = name
        instance = names.singular(name) == name  # `task.user_id` may be said of a row, as code does
        findings += _unclear(together, name, asked=instance or name not in called)
    canonical = {text: canonical.get(name, name) for text, name in canonical.items()}
    by_key: dict[str, str] = {}
    for text, name in canonical.items():
        by_key.setdefault(names.key(text), name)
    return Grouping(canonical, by_key, tuple(findings))


def _spellings(statements: list[Statement]) -> dict[str, Spelling]:
    """The spellings that are used to define something, in order of appearance."""
    found: dict[str, Spelling] = {}
    for statement in statements:
        if statement.table is None or statement.fact not in DEFINING_FACTS:
            continue
        text, firmness, heading = statement.table
        spelling = found.get(text)
        if spelling is None or firmness > spelling.firmness:
            place = replace(statement.place, line=heading) if heading else statement.place
            if spelling is None:
                spelling = found[text] = Spelling(text, firmness, place)
            spelling.firmness, spelling.place = firmness, place
        spelling.notations.add(statement.notation)
        if statement.column:
            spelling.columns.add(statement.column)
    return found


def _place_nameless(spellings: dict[str, Spelling], findings: list[Finding]) -> dict[str, str]:
    """Give groups of columns without a name to the table that has the same columns; take them out."""
    placed: dict[str, str] = {}
    named = [s for s in spellings.values() if not _is_vague(s)]
    everywhere = {c for s in named for c in s.columns}
    for spelling in [s for s in spellings.values() if _is_vague(s)]:
        best = max(named[:1000], key=lambda s: _overlap(s, spelling), default=None)
        enough = 0.5 if is_unplaced(TableName(spelling.text)) else 0.7
        if best is not None and _overlap(best, spelling) >= enough:
            placed[spelling.text] = best.text
            del spellings[spelling.text]
        elif is_unplaced(TableName(spelling.text)) and spelling.columns <= everywhere:
            del spellings[spelling.text]  # a summary across tables
        elif is_unplaced(TableName(spelling.text)):
            columns = ", ".join(sorted(spelling.columns)[:4])
            message = f"No table is named for the columns {columns}; under which heading do they belong?"
            findings.append(rules.finding(rules.NAMELESS, "table", "?", message, (spelling.place,)))
            del spellings[spelling.text]
    return placed


def _is_vague(spelling: Spelling) -> bool:
    """Whether a name may be no table's: none at all, or a heading with general words in it."""
    if is_unplaced(TableName(spelling.text)):
        return True
    words = spelling.text.split("_")
    return spelling.firmness < Firmness.LITERAL and len(words) > 1 and any(names.is_generic(w) for w in words)


def _overlap(one: Spelling, other: Spelling) -> float:
    union = one.columns | other.columns
    return len(one.columns & other.columns) / len(union) if union else 0.0


def _together(spellings: Iterable[Spelling]) -> list[list[Spelling]]:
    """Groups of spellings of one table. Names that one notation uses literally side by side stay apart."""
    by_key: dict[str, list[list[Spelling]]] = {}
    for spelling in sorted(spellings, key=lambda s: -s.firmness):
        same = by_key.setdefault(names.key(spelling.text), [])
        fitting = next((g for g in same if not _distinct(g, spelling)), None)
        if fitting is not None:
            fitting.append(spelling)
        else:
            same.append([spelling])
    return [group_ for same in by_key.values() for group_ in same]


def _distinct(group_: list[Spelling], spelling: Spelling) -> bool:
    return spelling.firmness is Firmness.LITERAL and any(
        s.firmness is Firmness.LITERAL
        and s.notations & spelling.notations & {Notation.YAML, Notation.SQL, Notation.CODE, Notation.TABLE}
        for s in group_
    )


def _name(spellings: list[Spelling], spoken: Mapping[str, list[str]]) -> str:
    """The name that counts: said literally, else in a title, else as other parts of the document call it."""
    best = min(spellings, key=lambda s: (-s.firmness, s.rank))
    if best.firmness in (Firmness.LITERAL, Firmness.DERIVED):
        return best.text
    called = [m for m in spoken.get(names.key(best.text), ()) if m == m.lower()]
    return max(called, key=called.count) if called else best.text


def _unclear(spellings: list[Spelling], name: str, *, asked: bool) -> list[Finding]:
    """Contradicting names, or a question where only a model or an entity is named."""
    clear = [s for s in spellings if s.firmness >= Firmness.TITLE and s.text == name] or [
        s for s in spellings if s.text == name
    ]
    findings = []
    for spelling in spellings:
        firm = spelling.firmness in (Firmness.LITERAL, Firmness.DERIVED)
        if clear and firm and spelling.text != name:
            message = f"The table is called {name} here and {spelling.text} there ({_where(spelling)})."
            places = (clear[0].place, spelling.place)
            findings.append(rules.finding(rules.TABLE_NAME, "table", name, message, places, stated=name))
    if asked and all(s.firmness is Firmness.ENTITY for s in spellings):
        message = f"What is the table of the model {spellings[0].text} called? It is taken to be {name}."
        hint = f"Write **Table Name**: {name} below the heading."
        findings.append(
            rules.finding(rules.ASK_TABLE_NAME, "table", name, message, (spellings[0].place,), hint=hint)
        )
    return findings


def _where(spelling: Spelling) -> str:
    notation = min(spelling.notations, key=lambda n: n.rank)
    return (
        "the name that SQLModel derives from the class"
        if spelling.firmness is Firmness.DERIVED
        else notation.label
    )


def _targets(statements: Iterable[Statement]) -> list[str]:
    result = []
    for statement in statements:
        value = statement.value.references if isinstance(statement.value, ForeignKeySpec) else statement.value
        if isinstance(value, ReferenceSpec) and value.table:
            result.append(value.table)
    return result
