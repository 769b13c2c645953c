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
    r"|(?:limited|restricted)\s+to|only\s+accepts)"
)
LISTED: Final = (
    rf"{_LEAD}\s*[:：=]?\s*[(\[{{]?\s*(?P<values>{_WORD}(?:{_AND}{_WORD}){{1,40}})\s*"
    r"(?:[)\]}]|(?=[.;)(]|\s[-–—]\s|\Z))"
)
"""A phrase that lists values, as a pattern for `re.IGNORECASE`."""

_LISTED = re.compile(LISTED, re.IGNORECASE)
_NO_WORDS = (
    "a an the of null none not empty other others more etc any all some both each following allowed values"
)
_NO_VALUES = frozenset(_NO_WORDS.split())


def values_of(listed: str) -> tuple[str, ...]:
    """The values of a list, with or without quotes; none where a word is no value."""
    words = re.findall(_WORD, re.sub(r"(?i)(?<=[\s,;|/、，])(?:or|and)\s+", ", ", listed))
    values = tuple(w[1:-1] if w[0] in "'\"" else w for w in words)
    if len(set(values)) < 2 or any(v.lower() in _NO_VALUES for v in values):
        return ()
    return values if not all(v.replace("-", "").isdigit() for v in values) else ()


def values_in(text: str) -> tuple[str, ...]:
    """The values that a sentence lists; none where it lists none without doubt."""
    found = _LISTED.search(text)
    return values_of(found["values"]) if found else ()


def without_values(text: str) -> str:
    """The same text without the phrase that lists values."""
    return _LISTED.sub("", text, count=1) if values_in(text) else text
