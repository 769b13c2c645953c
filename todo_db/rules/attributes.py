"""A field or relationship of a model class: what its annotation, `Field(…)` and `Column(…)` say together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todo_db.findings import Place
from todo_db.rules.expressions import Annotation, calls, items, keywords, literal, text

if TYPE_CHECKING:
    from todo_db.rules.classes import ModelClass
    from todo_db.rules.source import Module


@dataclass(frozen=True, slots=True)
class Attribute:
    """An annotated name in a class body.

    call: its `Field(…)` or `Relationship(…)`, be it one that a function of the project returns; `written` is
    the module that it stands in. default: what else the name is assigned.
    """

    name: str
    owner: ModelClass
    annotation: Annotation
    call: ast.Call | None
    written: Module
    default: ast.expr | None
    node: ast.stmt

    @property
    def place(self) -> Place:
        return self.owner.models.place(self.owner.module, self.node.lineno)

    def dotted(self, node: ast.expr | None) -> str:
        """The dotted name that an expression in the call stands for."""
        return self.owner.models.project.follow(self.written.dotted(node))

    def keyword(self, name: str) -> ast.expr | None:
        """A keyword argument of the call."""
        return keywords(self.call).get(name)

    @property
    def sa_column(self) -> ast.Call | None:
        """The `Column(…)` that is given whole."""
        node = self.keyword("sa_column")
        return node if isinstance(node, ast.Call) else None

    @property
    def is_opaque(self) -> bool:
        """Whether the column is made by something that has to be run: nothing is said about it then."""
        column, more = self.keyword("sa_column"), self.keyword("sa_column_kwargs")
        if isinstance(self.default, ast.Call):
            return True
        return (column is not None and not isinstance(column, ast.Call)) or (
            more is not None and not items(more)
        )

    def column_option(self, name: str) -> ast.expr | None:
        """An option of the column, from Field itself, `sa_column_kwargs` or `Column(…)`."""
        if self.sa_column is not None:
            return keywords(self.sa_column).get(name)
        return items(self.keyword("sa_column_kwargs")).get(name) or self.keyword(name)

    @property
    def column_name(self) -> str:
        """What the column is called in the database."""
        if self.sa_column is not None:
            return text(self.sa_column.args[0] if self.sa_column.args else None) or self.name
        return text(items(self.keyword("sa_column_kwargs")).get("name")) or self.name

    @property
    def is_primary(self) -> bool:
        return literal(self.column_option("primary_key")) is True

    @property
    def is_unique(self) -> bool:
        return literal(self.column_option("unique")) is True

    @property
    def foreign_key(self) -> str | None:
        """The target, `table.column`."""
        if (stated := text(self.keyword("foreign_key"))) is not None:
            return stated
        for call in self._foreign_key_calls():
            return text(call.args[0] if call.args else None)
        return None

    @property
    def on_delete(self) -> str | None:
        """The foreign key's rule, in lower case."""
        stated = text(self.keyword("ondelete"))
        for call in self._foreign_key_calls():
            stated = stated or text(keywords(call).get("ondelete"))
        return stated.lower() if stated else None

    def _foreign_key_calls(self) -> Iterator[ast.Call]:
        for source in (self.sa_column, self.keyword("sa_column_args")):
            yield from (c for c in calls(source) if self.dotted(c.func).endswith(".ForeignKey"))

    @property
    def nullable(self) -> bool | None:
        """Whether the column may be null; None where the source does not tell."""
        stated = literal(self.column_option("nullable"))
        if isinstance(stated, bool):
            return stated
        if self.is_opaque or self.column_option("nullable") is not None:
            return None
        if self.is_primary:
            return False
        return True if self.sa_column is not None else self.annotation.optional

    @property
    def has_server_value(self) -> bool:
        """Whether the database fills the column by itself."""
        if self.column_option("server_default") is not None:
            return True
        if literal(self.column_option("autoincrement")) is True:
            return True
        return any(
            self.dotted(c.func).endswith((".Identity", ".Computed", ".Sequence"))
            for source in (self.sa_column, self.keyword("sa_column_args"))
            for c in calls(source)
        )

    @property
    def relationship_options(self) -> dict[str, ast.expr]:
        """All that is said about a relationship, in Relationship itself or in `sa_relationship_kwargs`."""
        own = keywords(self.call)
        return {**items(own.get("sa_relationship_kwargs")), **own}

    @property
    def is_custom(self) -> bool:
        """Whether the relationship is made by hand (`sa_relationship`, options that have to be run)."""
        own = keywords(self.call)
        more = own.get("sa_relationship_kwargs")
        return "sa_relationship" in own or (more is not None and not items(more))
