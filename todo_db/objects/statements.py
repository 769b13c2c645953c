"""What the kinds' statements have in common: comments, storage parameters, several facts in one go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal

if TYPE_CHECKING:
    from todo_db.schema import DbObject


def plain(texts: Iterable[str], *hazards: Hazard) -> list[Statement]:
    """Statements that share their hazards."""
    return [Statement(text, hazards) for text in texts]


def comment(obj: DbObject) -> Statement:
    """COMMENT ON the object: its comment, or NULL."""
    return Statement(f"COMMENT ON {obj.address} IS {literal(getattr(obj, 'comment', None))}")


def comment_if_any(obj: DbObject) -> list[Statement]:
    """COMMENT ON the object where it has one."""
    return [comment(obj)] if getattr(obj, "comment", None) is not None else []


def recomment(to: DbObject, changed: frozenset[str]) -> list[Statement]:
    """COMMENT ON the object where the comment is what differs."""
    return [comment(to)] if "comment" in changed else []
