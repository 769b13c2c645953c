"""A document as the readers of notations see it: its blocks that count, and the table each belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from todo_db.findings import Place
from todo_db.spec.markdown import Block, Context, Document, Fence, ListBlock, Paragraph, TableBlock
from todo_db.spec.names import Namer
from todo_db.spec.sections import asks, is_recipe, passed_over
from todo_db.spec.statements import Firmness, TableName

_B = TypeVar("_B", Paragraph, ListBlock, TableBlock, Fence)


@dataclass(frozen=True)
class Source:
    """One parsed document. Blocks in sections that state nothing are left out."""

    document: Document

    @cached_property
    def namer(self) -> Namer:
        return Namer.of(self.document)

    @cached_property
    def counted(self) -> tuple[Block, ...]:
        blocks = self.document.blocks
        return tuple(b for b in blocks if passed_over(b.context) is None and not asks(b.context))

    def blocks(self, kind: type[_B], *, recipes: bool = False) -> Iterator[_B]:
        """The blocks of one kind that state something; with `recipes`, those of migration recipes instead."""
        for block in self.counted:
            if isinstance(block, kind) and is_recipe(block.context) is recipes:
                yield block

    def place(self, line: int) -> Place:
        return Place("spec", self.document.path, line)

    def table(self, context: Context, *, columns: bool = False) -> TableName | None:
        """The table that the headings above a block name."""
        return self.namer.table(context, columns=columns)


def unplaced(line: int) -> TableName:
    """Stands for a table that is described without being named; `line` tells such groups apart."""
    return TableName(f"?{line}", Firmness.ENTITY)


def is_unplaced(table: TableName) -> bool:
    return table.text.startswith("?")
