"""The models, imported in a process of their own: their DDL, places, and what only Python does."""

from __future__ import annotations


class BadModelsError(Exception):
    """The models can't be used; `where` is a place in the user's files."""

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint
