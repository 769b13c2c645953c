"""A document as the readers of notations see it: its blocks that count, and the table each belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar, cast

from todo_db.findings import Place
from todo_db.spec.markdown import Block, Context, Document, Fence, ListBlock, Paragraph, TableBlock
from todo_db.spec.names import Namer
from todo_db.spec.sections import asks, is_recipe, passed_over
from todo_db.spec.statements import Firmness, TableName

_Q = TypeVar("_Q")
_A = TypeVar("_A")
_B = TypeVar("_B", Paragraph, ListBlock, TableBlock, Fence)


@dataclass(frozen=True)
class Source:
    """One parsed document. Blocks in sections that state nothing are left out."""

    document: Document
    _known: dict[tuple[object, int], tuple[Any, object]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def namer(self) -> Namer:
        return Namer.of(self.document)

    @cached_property
    def counted(self) -> tuple[Block, ...]:
        return tuple(b for b in self.document.blocks if self.once(_counts, b.context))

    def blocks(self, kind: type[_B], *, recipes: bool = False) -> Iterator[_B]:
        """The blocks of one kind that state something; with `recipes`, those of migration recipes instead."""
        for block, recipe in self._sorted.get(kind, ()):
            if recipe is recipes:
                yield cast("_B", block)

    @cached_property
    def _sorted(self) -> dict[type[Block], list[tuple[Block, bool]]]:
        """The blocks that count by kind, and whether each is part of a recipe."""
        result: dict[type[Block], list[tuple[Block, bool]]] = {}
        for block in self.counted:
            recipe = self.once(is_recipe, block.context)
            result.setdefault(type(block), []).append((block, recipe))
        return result

    def once(self, question: Callable[[_Q], _A], about: _Q) -> _A:
        """The answer to a question about a block or a context of this document, asked a single time."""
        key = (question, id(about))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (question(about), about)  # kept, so that no other gets its id
        answer: _A = known[0]
        return answer

    def place(self, line: int) -> Place:
        return Place("spec", self.document.path, line)

    def table(self, context: Context, *, columns: bool = False) -> TableName | None:
        """The table that the headings above a block name."""
        return self.once(self._table_of_columns if columns else self._table, context)

    @cached_property
    def _table(self) -> Callable[[Context], TableName | None]:
        return self.namer.table

    @cached_property
    def _table_of_columns(self) -> Callable[[Context], TableName | None]:
        return partial(self.namer.table, columns=True)


def _counts(context: Context) -> bool:
    return passed_over(context) is None and not asks(context)


def unplaced(line: int) -> TableName:
    """Stands for a table that is described without being named; `line` tells such groups apart."""
    return TableName(f"?{line}", Firmness.ENTITY)


def is_unplaced(table: TableName) -> bool:
    return table.text.startswith("?")
