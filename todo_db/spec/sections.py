"""Which parts of a document state nothing: the future, examples, queries, sample data, migration recipes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from todo_db.findings import Place
from todo_db.spec.document import Passage
from todo_db.spec.markdown import Context, Document, Heading

_I = re.IGNORECASE
_SCHEMA_WORD = re.compile(r"\b(?:schema|ddl|definitions?|models?|structure|create\s+table)\b", _I)
# (reason, pattern, pattern of headings that are meant otherwise)
_REASONS: Final[tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...]] = (
    (
        "about the future",
        re.compile(
            r"\bfuture\b|\bfutur[oa]s?\b|\bplanned\b|\bupcoming\b|\broadmap\b|out[\s-]of[\s-]scope|not\s+(?:yet\s+)?implemented"
            r"|not\s+in\s+(?:scope|mvp)|nice[\s-]to[\s-]have|\bdeferred\b|\bproposed\b|\benhancements?\b|\bextensions?\s+points?\b"
            r"|\bpotential\b|not\s+applicable|\bmejoras\b|\bmelhorias\b|将来|今後|拡張予定|\(\s*v\d+\.?\w*\s+only\)|\blater\b|post-mvp",
            _I,
        ),
        None,
    ),
    (
        "optional",
        re.compile(
            r"\(\s*optional\b[^()]*\)|\boptional\s+(?:tables?|index\w*|extensions?|features?|constraints?)\b|\(opcional\)",
            _I,
        ),
        None,
    ),
    (
        "deprecated",
        re.compile(
            r"\bdeprecated\b|\bremoved\b|\bobsolete\b|\brejected\b|\balternatives?\b\s*\Z|anti-?patterns?", _I
        ),
        None,
    ),
    (
        "an example",
        re.compile(
            r"\bexamples?\b|\bsamples?\b|\bseed(?:ing|s)?\b|\bfixtures?\b|\bmock\b|\bdummy\b|\btest\s+data\b|\btesting\b|\bejemplos?\b|\bexemplos?\b|サンプル|(?:^|の)例",
            _I,
        ),
        re.compile(
            r"\b(?:sample|example)s?\s+(?:of\s+)?(?:the\s+)?(?:sql|database|sqlmodel|schema|ddl|table|model|create)\b(?!.*\b(?:quer|data|rows?|records?)\w*)",
            _I,
        ),
    ),
    (
        "kept outside the database",
        re.compile(
            r"\(\s*(?:(?:stored\s+)?in\s+)?(?:redis|memcached|local\s?storage|session\s?storage|in-memory)\b[^()]*\)"
            r"|\bnon-?persist(?:ed|ent)\b|\bnot\s+(?:persisted|stored)\b",
            _I,
        ),
        None,
    ),
    (
        "about queries",
        re.compile(
            r"\bquer(?:y|ies)\b|\bcrud\s+operations?\b|\bcommon\s+operations\b|\bconsultas?\b|クエリ|\bdata\s+access\s+patterns?\b|\bindex\s+usage\b",
            _I,
        ),
        re.compile(r"\bind(?:ex(?:es)?|ices)\b(?!\s+usage)|\btables?\b", _I),
    ),
    (
        "about an interface",
        re.compile(
            r"\b(?:request|response|api|json|typescript|frontend|dto|endpoint)s?\b(?:\s*/?\s*\w+)?\s+(?:schemas?|models?|types?|bod(?:y|ies)|interfaces?|formats?|examples?|objects?)\b|\btypescript\b|\bendpoints\b"
            r"|(?:repository|service|storage|store|client|manager)\s+interface\b"
            r"|\b(?:object|payload|props)\s+(?:properties|fields|attributes)\b",
            _I,
        ),
        None,
    ),
)
_RECIPE = re.compile(
    r"\bmigrat\w*|\bmigraci\w*|\bmigraç\w*|\balembic\b|\brollback\b|\bupgrade\s+path\b|\bmaintenance\b|\bbackups?\b|\brecovery\b|マイグレーション"
    r"|\bdata\s+retention\b|\bcleanup\b|\bdatabase\s+initiali[sz]ation\b",
    _I,
)


def reason(heading: Heading) -> str | None:
    """Why what stands below a heading states nothing, or None."""
    return _reason(heading.raw, heading.text)


@lru_cache(maxsize=1 << 16)
def _reason(raw: str, text: str) -> str | None:
    if re.fullmatch(r"`[^`]+`|\"[^\"]+\"", raw):
        return None
    for why, pattern, otherwise in _REASONS:
        if pattern.search(text) and not (otherwise and otherwise.search(text)):
            return why
    return None


def passed_over(context: Context) -> Heading | None:
    """The outermost heading that takes a block out, or None when the block counts."""
    return next((h for h in context.headings if _reason(h.raw, h.text)), None)


def asks(context: Context) -> bool:
    """Whether a block lists open questions: it states nothing, but may hold answers."""
    return bool(context.headings) and context.headings[-1].text == "Open questions"


def is_recipe(context: Context) -> bool:
    """Whether a block is part of a migration recipe: it may create what no other part of the document
    states."""
    return _recipe(context) is not None


def _recipe(context: Context) -> Heading | None:
    return next((h for h in context.headings if _names_recipe(h.text)), None)


@lru_cache(maxsize=1 << 16)
def _names_recipe(title: str) -> bool:
    return bool(_RECIPE.search(title)) and not _SCHEMA_WORD.search(title)


def passages(document: Document) -> list[Passage]:
    """The parts that were passed over, each under its outermost heading."""
    found: dict[int, Passage] = {}
    seen: Context | None = None
    for block in document.blocks:
        if block.context is seen:
            continue
        seen = block.context
        if heading := passed_over(block.context):
            place = Place("spec", document.path, heading.line)
            found.setdefault(
                heading.line, Passage(place=place, title=heading.text, reason=reason(heading) or "")
            )
        elif heading := _recipe(block.context):
            place = Place("spec", document.path, heading.line)
            why = "a recipe, which counts only for tables that nothing else states"
            found.setdefault(heading.line, Passage(place=place, title=heading.text, reason=why))
    return list(found.values())
