"""Values that a sentence lists without quotes: 'must be one of pending, done', 'allowed values: a | b'.

What is unambiguous states the values, not how they are enforced. A list is unambiguous where every value is
one word and nothing but the end of the phrase follows: 'either the owner or an admin may edit' lists none.
"""

from __future__ import annotations

import re
from typing import Final

_WORD = r"(?:'[^'\n]{1,60}'|\"[^\"\n]{1,60}\"|[^\W_][\w-]{0,60})"
_AND = r"(?:\s*(?:,|;|\||/|、|，)\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+)"
_LEAD = (
    r"(?:(?:must\s+|should\s+|has\s+to\s+)?(?:be\s+)?\bone\s+of(?:\s+the\s+following)?|(?:must|should|can\s+only)\s+be\s+either"
    r"|(?:allowed|valid|permitted|accepted|possible|supported)\s+(?:values?|options?)(?:\s+(?:are|include))?"
    r"|(?:limited|restricted)\s+to|only\s+accepts|(?<!default )\bvalues?\s*[:：=]|\beither)"
)
_END = r"(?:[)\]}]|(?=[.;)(]|\s[-–—]\s|\Z))"
LISTED: Final = rf"{_LEAD}\s*[:：=]?\s*[(\[{{]?\s*(?P<values>{_WORD}(?:{_AND}{_WORD}){{1,40}})\s*{_END}"
"""A phrase that lists values, as a pattern for `re.IGNORECASE`."""

_OR = rf"(?:\s*,\s*{_WORD}){{0,40}}\s*,?\s+or\s+{_WORD}"
ALTERNATIVES: Final = (
    rf"\b(?:(?:must|should|shall|has\s+to)\s+be\s+(?P<alternatives>{_WORD}{_OR})"
    rf"|(?:can|may)\s+be\s+(?P<choices>{_WORD}\s*,\s*{_WORD}{_OR}))\s*{_END}"
)
"""A phrase that says which of several words a value is: 'must be good or bad'; see `alternatives_of`."""

_LISTED = re.compile(LISTED, re.IGNORECASE)
_ALTERNATIVES = re.compile(ALTERNATIVES, re.IGNORECASE)
_NO_WORDS = (
    "a an the of null none not empty other others more etc any all some both each following allowed values"
)
_NO_VALUES = frozenset(_NO_WORDS.split())
_STATES_WORDS = """
    positive negative zero unique valid invalid required present absent missing blank set unset true false
    greater less larger smaller longer shorter equal more fewer at before after later earlier future past
    numeric alphanumeric alphabetic lowercase uppercase lower upper encrypted hashed non-null nonempty
    non-empty nonnegative non-negative nullable optional undefined omitted 0 1
"""
_STATES = frozenset(_STATES_WORDS.split())  # what a value has to be like, not what it is


def values_of(listed: str) -> tuple[str, ...]:
    """The values of a list, with or without quotes; none where a word is no value."""
    words = re.findall(_WORD, re.sub(r"(?i)(?<=[\s,;|/、，])(?:or|and)\s+", ", ", listed))
    values = tuple(w[1:-1] if w[0] in "'\"" else w for w in words)
    if len(set(values)) < 2 or any(v.lower() in _NO_VALUES for v in values):
        return ()
    return values if not all(v.replace("-", "").isdigit() for v in values) else ()


def alternatives_of(found: re.Match[str]) -> tuple[str, ...]:
    """The values that a match of `ALTERNATIVES` names; none where it says what is done with a value
    ('must be hashed or encrypted') or what it is like ('must be unique or null')."""
    values = values_of(found["alternatives"] or found["choices"])
    told = any(v.lower() in _STATES for v in values) or all(v.lower().endswith("ed") for v in values)
    return () if told else values


def values_in(text: str) -> tuple[str, ...]:
    """The values that a sentence lists; none where it lists none without doubt."""
    if found := _LISTED.search(text):
        return values_of(found["values"])
    found = _ALTERNATIVES.search(text)
    return alternatives_of(found) if found else ()


def without_values(text: str) -> str:
    """The same text without the phrase that lists values."""
    if not values_in(text):
        return text
    return (_LISTED if _LISTED.search(text) else _ALTERNATIVES).sub("", text, count=1)
