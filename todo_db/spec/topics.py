"""What a heading or label announces about the list below it: indexes, keys, constraints, defaults."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final

from todo_db.spec.markdown import Context


class Topic(Enum):
    """What a list is about."""

    INDEXES = "indexes"
    PRIMARY_KEYS = "primary keys"
    FOREIGN_KEYS = "foreign keys"
    UNIQUES = "uniques"
    NOT_NULL = "not null"
    CHECKS = "checks"
    DEFAULTS = "defaults"
    CONSTRAINTS = "constraints"
    RELATIONSHIPS = "relationships"
    ENUMS = "enums"
    APPLICATION = "application"


_PATTERNS: Final[tuple[tuple[Topic, re.Pattern[str]], ...]] = tuple(
    (topic, re.compile(pattern, re.IGNORECASE))
    for topic, pattern in (
        (Topic.PRIMARY_KEYS, r"primary\s+keys?|主キー|claves?\s+primarias?"),
        (
            Topic.FOREIGN_KEYS,
            r"foreign\s+keys?|\bfks?\b|referential\s+integrity|外部キー|claves?\s+foráneas?",
        ),
        (Topic.NOT_NULL, r"not[\s-]+null|required\s+(?:fields?|columns?)\s*\Z|non[\s-]null|必須"),
        (Topic.CHECKS, r"\bchecks?\b(?:\s+constraints?)?|チェック制約"),
        (Topic.UNIQUES, r"\bunique(?:ness)?\b(?!\s+index)|一意|únic[oa]s?"),
        (Topic.INDEXES, r"\bindex(?:es|ing|ed)?\b|\bindices\b|índices?|インデックス|索引|\bidx\b"),
        (Topic.DEFAULTS, r"\bdefaults?\b|valores\s+por\s+defecto"),
        (Topic.RELATIONSHIPS, r"\brelation(?:ship)?s?\b|associations?|relaciones|cascad|リレーション"),
        (Topic.ENUMS, r"\benum(?:eration)?s?\b"),
        (Topic.CONSTRAINTS, r"\bconstraints?\b|\brestricciones\b|\brestrições\b|制約"),
        (
            Topic.APPLICATION,
            r"validat|business\s+rules?|application[\s-]level|\bsecurity\b|\bperformance\b|invariants?|behaviou?r|acceptance"
            r"|integrity|\bapp\s+level\b|\brules\b|\bnotes?\b|considerations",
        ),
    )
)


@lru_cache(maxsize=1 << 16)
def topic_of(text: str) -> Topic | None:
    """The topic that a heading names, or None."""
    return next((topic for topic, pattern in _PATTERNS if pattern.search(text)), None)


def topic(context: Context) -> Topic | None:
    """The topic of a block: that of its label or its innermost heading that has one."""
    for position, heading in enumerate(context.innermost_first()):
        found = topic_of(heading.text)
        if found is not None:
            return found
        if position and heading.level < 3:
            break
    return None
