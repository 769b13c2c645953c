"""A class as lines of code: its docstring, table arguments, fields and relationships."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from todo_db.modelcode.arguments import Arguments
from todo_db.modelcode.fields import FieldCode, Fields
from todo_db.modelcode.naming import Imports
from todo_db.modelcode.relations import Relation
from todo_db.modelcode.tables import ClassPlan
from todo_db.revisions.code import Call, Name, Node, Pairs, Text, call, flat, lay_out, literal

_MARGIN = "    "


@dataclass(frozen=True, slots=True)
class Writer:
    """What the classes of one module are written with. width: of a line."""

    imports: Imports
    fields: Fields
    width: int

    def mapped(self, plan: ClassPlan, relations: Sequence[Relation], info: dict[str, object]) -> list[str]:
        """The class of a table."""
        lines = [f"class {plan.name}({self._base()}, table=True):", *self._docstring(plan)]
        lines += ["", f"{_MARGIN}__tablename__ = {literal(plan.table)}"]
        lines += self._arguments(plan, info)
        lines.append("")
        for facts in plan.columns:
            lines += self._field(self.fields.of(facts, plan.attributes[facts.spec.name]))
        if relations:
            lines.append("")
            for relation in relations:
                lines += self._relation(relation)
        return lines

    def stub(self, plan: ClassPlan, info: dict[str, object]) -> list[str]:
        """A table of somebody else's of which no key is stated: columns to refer to, and no class."""
        table = self.imports.use("sqlalchemy", "Table")
        column = self.imports.use("sqlalchemy", "Column")
        args: list[Node] = [Text(plan.table), Name(f"{self._base()}.metadata")]
        for facts in plan.columns:
            type_ = self.fields.types.expression(facts.column.type)
            unique = {"unique": True} if facts.unique else {}
            args.append(call(column, facts.spec.name, type_, **unique))
        schema = {"schema": plan.schema} if plan.schema not in ("", "public") else {}
        node = call(table, *args, **schema, info=info)
        about = _sentence(plan.spec.description) or f"{plan.spec.name}, as far as it is relied on."
        comment = [f"# {line}" for line in textwrap.wrap(f"{about} {_place(plan)}".strip(), self.width - 2)]
        return [*comment, *lay_out(node, 0, f"{plan.module}_table = ", width=self.width)]

    def schemas(self, plan: ClassPlan, generated: Iterable[str]) -> list[str]:
        """The models for requests and answers beside the table's: what is sent to create and to change a row,
        and what is read. generated: columns that the caller never sets."""
        hidden = set(generated)
        fields = [self.fields.of(f, plan.attributes[f.spec.name]) for f in plan.columns]
        given = [f for f in fields if f.column not in hidden]
        moved = [f for f in given if f.column not in plan.key]
        parts = (
            ("Create", "What a new row is made from.", given, False),
            ("Update", "What is to change; what is left out stays.", moved, True),
            ("Read", "A row as it is answered.", fields, None),
        )
        lines: list[str] = []
        for suffix, about, chosen, partial in parts:
            lines += ["", "", f"class {plan.name}{suffix}({self._base()}):", f'{_MARGIN}"""{about}"""', ""]
            lines += [_MARGIN + line for f in chosen for line in self._plain(plan, f, partial)] or [
                f"{_MARGIN}pass"
            ]
        return lines

    # ---- parts ----

    def _base(self) -> str:
        return self.imports.use("sqlmodel", "SQLModel")

    def _docstring(self, plan: ClassPlan) -> list[str]:
        about = _sentence(plan.spec.description) or f"A row of {plan.spec.name}."
        about = about.replace("\\", "\\\\").replace('"""', "'''")
        width = self.width - len(_MARGIN)
        first = textwrap.wrap(f'"""{about}', width)
        owner = f"; rows belong to {plan.spec.owner}" if isinstance(plan.spec.owner, str) else ""
        place = f"{_place(plan)}{owner}" if plan.spec.place else ""
        body = [*first, "", *textwrap.wrap(place, width)] if place else first
        if len(body) == 1:
            return [f'{_MARGIN}{body[0]}"""']
        return [(_MARGIN + line).rstrip() for line in (*body, '"""')]

    def _arguments(self, plan: ClassPlan, info: dict[str, object]) -> list[str]:
        parts = Arguments(self.imports).of(plan, info)
        head = f"{_MARGIN}__table_args__ = "
        if len(parts) == 1 and isinstance(parts[0], Pairs):
            return lay_out(parts[0], 1, "__table_args__ = ", width=self.width)
        if not parts:
            return []
        single = flat(parts[0]) if len(parts) == 1 else ""
        if single and len(head) + len(single) + 3 <= self.width:
            return [f"{head}({single},)"]
        lines = [f"{head}("]
        for part in parts:
            lines += lay_out(part, 2, "", ",", width=self.width)
        return [*lines, f"{_MARGIN})"]

    def _field(self, code: FieldCode) -> list[str]:
        comment = [
            f"{_MARGIN}# {line}"
            for line in textwrap.wrap(" ".join(code.description.split()), self.width - len(_MARGIN) - 2)
        ]
        return [*comment, *self._assigned(f"{code.name}: {code.annotation}", code.node)]

    def _assigned(self, head: str, node: Node | None) -> list[str]:
        if node is None:
            return [_MARGIN + head]
        return lay_out(node, 1, f"{head} = ", width=self.width)

    def _relation(self, relation: Relation) -> list[str]:
        target = f'"{relation.target.name}"'
        if relation.many:
            annotation = f"list[{target}]"
        elif relation.optional:
            annotation = f"{self.imports.use('typing', 'Optional')}[{target}]"
        else:
            annotation = target
        keywords: list[tuple[str, Node]] = [("back_populates", Text(relation.back))]
        if relation.through is not None:
            keywords.append(("link_model", Name(relation.through.name)))
        elif relation.passive:
            keywords.append(("passive_deletes", Text("all")))
        if relation.options:
            pairs = tuple((k, Name(v) if v in ("True", "False") else Text(v)) for k, v in relation.options)
            keywords.append(("sa_relationship_kwargs", Pairs(pairs)))
        node = Call(self.imports.use("sqlmodel", "Relationship"), (), tuple(keywords))
        return self._assigned(f"{relation.name}: {annotation}", node)

    def _plain(self, plan: ClassPlan, code: FieldCode, partial: bool | None) -> list[str]:
        """A field of a model that is no table. partial: None where everything is there."""
        facts = next(f for f in plan.columns if f.spec.name == code.column)
        kind = self.fields.kind(facts)
        optional = facts.nullable if partial is not True else True
        keywords = [(k, v) for k, v in kind.keywords if k != "sa_type"]
        default = _default_of(code.node) if partial is False else None
        if partial is True or (partial is False and optional and default is None):
            default = ("default", Name("None"))
        if partial is False and default is None and code.server:
            default, optional = ("default", Name("None")), True
        keywords = [*([default] if default else []), *keywords]
        annotation = kind.annotation + (" | None" if optional else "")
        if not keywords:
            return [f"{code.name}: {annotation}"]
        if [k for k, _ in keywords] == ["default"]:
            return lay_out(keywords[0][1], 0, f"{code.name}: {annotation} = ", width=self.width - 4)
        node = Call(self.imports.use("sqlmodel", "Field"), (), tuple(keywords))
        return lay_out(node, 0, f"{code.name}: {annotation} = ", width=self.width - 4)


def _default_of(node: Node | None) -> tuple[str, Node] | None:
    """The Python default of a field, where it has one that is not None."""
    if node is None:
        return None
    if not isinstance(node, Call) or not node.keywords:
        return ("default", node) if not (isinstance(node, Name) and node.text == "None") else None
    found = next(((k, v) for k, v in node.keywords if k in ("default", "default_factory")), None)
    return found if found and found[1] != Name("None") else None


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _place(plan: ClassPlan) -> str:
    return f"{plan.spec.place.path}:{plan.spec.place.line}" if plan.spec.place else ""
