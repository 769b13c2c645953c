"""`owner:` of a table in words: a user's column, a foreign key, an organization's column, a membership."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_WORDS = re.compile(
    r"(?i)(?:(?P<kind>organi[sz]ation|membership)\s*[:：]\s*)?(?P<first>\w+)(?:\s*,\s*(?P<second>\w+))?"
)


class OwnerWords(NamedTuple):
    """`user_id`; `organization: org_id`; `organization: org_id, user_id`; `membership: org_id, user_id`.

    column: that of the user, or the foreign key through which a row is owned.
    """

    column: str | None
    organization: str | None = None
    membership: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(c for c in (self.organization, self.column) if c)

    def __str__(self) -> str:
        if self.organization is None:
            return self.column or ""
        kind = "membership" if self.membership else "organization"
        return f"{kind}:{', '.join(self.columns)}"


def read(text: str, resolve: Callable[[str], str | None] = lambda name: name) -> OwnerWords | None:
    """What the words say, or None where they do not begin like an owner.

    resolve: the column that a word means, None for one that is none: then the word stays as it is, but a
    second one that is no column is only prose (`user_id, who made it`).
    """
    found = _WORDS.match(text.strip())
    if found is None:
        return None
    first, second = found["first"], found["second"]
    kind = (found["kind"] or "").lower()
    if not kind:
        return OwnerWords(resolve(first) or first)
    if kind == "membership":
        return OwnerWords(second and (resolve(second) or second), resolve(first) or first, membership=True)
    return OwnerWords(resolve(second) if second else None, resolve(first) or first)
