"""What a part of a document says beyond the statements that are read from it: its words tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from todo_db.spec import constraints, types
from todo_db.spec.fix.proof import words

_SCHEMA_WORDS: Final = frozenset(
    """
    a action add alter always an and as at attribute attributes auto autoincrement automatically be
    between bigint bigserial bool boolean btree by cascade char character characters chars check column
    columns composite constraint constraints create current data datatype date datetime decimal default
    defaults delete description descriptions double enum exists field fields fk float for foreign from
    gen generated identity if in increment index indexed indexes indices int integer is it its json
    jsonb key keys length link linked links mandatory many max maximum min multi multiple name names no
    not note notes now null nullable numeric of on one only optional or pk points postgres postgresql
    precision primary property public random reference references referencing relationship relationships
    required restrict serial server set single sql string table tables text that the this time timestamp
    timestamptz to type types unique up update using uuid value values varchar will with without yes
    zone
    """.split()  # noqa: SIM905 - read by people
)


@lru_cache(maxsize=4096)
def is_schema_word(word: str) -> bool:
    """Whether a word is one of those in which types and constraints are said, in any notation."""
    return (
        word in _SCHEMA_WORDS
        or len(word) == 1
        or types.read(word) is not None
        or bool(constraints.read(word))
    )


def remainder(text: str, said: set[str]) -> set[str]:
    """The words of a text that are neither said elsewhere nor words for types and constraints."""
    return {
        w for w in words(re.sub(r"(?m)^\s*[`~]{3,}.*$", "", text)) if w not in said and not is_schema_word(w)
    }
