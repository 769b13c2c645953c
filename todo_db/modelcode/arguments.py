"""`__table_args__`: constraints and indexes that no single field can state."""

from __future__ import annotations

import re

from todo_db.modelcode.naming import Imports
from todo_db.modelcode.tables import ClassPlan, Link
from todo_db.revisions.code import Call, Node, Text, call, value
from todo_db.revisions.text import escaped
from todo_db.spec.document import ExclusionSpec, IndexSpec, UniqueSpec, Unsaid

_ORDER = re.compile(r"\s(asc|desc|nulls)\b", re.IGNORECASE)
_EXCLUDE = re.compile(
    r"EXCLUDE(?:\s+USING\s+(?P<using>\w+))?\s*\((?P<elements>.*?)\)(?:\s*WHERE\s*\((?P<where>.*)\))?"
    r"(?P<deferrable>(?:\s+(?:NOT\s+)?DEFERRABLE|\s+INITIALLY\s+(?:DEFERRED|IMMEDIATE))*)\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_ELEMENT = re.compile(r"\s*(?P<key>.+?)\s+WITH\s+(?P<operator>\S+?)\s*(?:,|\Z)", re.IGNORECASE | re.DOTALL)


class Arguments:
    """Writes the table arguments of the classes of one module."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def of(self, plan: ClassPlan, info: dict[str, object]) -> list[Node]:
        """Its parts in order: keys, checks, exclusions, indexes, and a dict of schema, comment and `info`."""
        found: list[Node] = [self._link(plan, link) for link in plan.links if not link.simple]
        if plan.spec.primary_key and plan.spec.primary_key.name:
            key = plan.spec.primary_key
            found.append(call(self._use("PrimaryKeyConstraint"), *key.columns, name=str(key.name)))
        found += [self._unique(unique) for unique in plan.spec.uniques]
        for check in plan.spec.checks:
            found.append(call(self._use("CheckConstraint"), escaped(check.expr), **_named(check.name)))
        found += [node for exclusion in plan.spec.exclusions if (node := self._exclusion(exclusion))]
        found += [self._index(plan, index) for index in plan.spec.indexes]
        options: dict[str, object] = {"schema": plan.schema} if plan.schema not in ("", "public") else {}
        if isinstance(plan.spec.comment, str):
            options["comment"] = plan.spec.comment
        if info:
            options["info"] = info
        return [*found, value(options)] if options else found

    def _use(self, name: str) -> str:
        return self._imports.use("sqlalchemy", name)

    def _text(self, sql: str) -> Call:
        return call(self._use("text"), escaped(sql))

    def _link(self, plan: ClassPlan, link: Link) -> Node:
        to = link.to
        table = to.table.removeprefix("public.")
        given = _named(to.name)
        for word, rule in (("ondelete", to.on_delete), ("onupdate", to.on_update)):
            given |= {word: str(rule).upper()} if rule else {}
        targets = [f"{table}.{column}" for column in link.targets]
        return call(
            self._use("ForeignKeyConstraint"),
            list(link.columns),
            targets,
            **given,
            **_deferred(to.deferrable),
        )

    def _unique(self, unique: UniqueSpec) -> Node:
        nulls = {"postgresql_nulls_not_distinct": True} if unique.nulls_not_distinct is True else {}
        given = {**_named(unique.name), **_deferred(unique.deferrable), **nulls}
        return call(self._use("UniqueConstraint"), *unique.columns, **given)

    def _exclusion(self, exclusion: ExclusionSpec) -> Node | None:
        match = _EXCLUDE.match(exclusion.definition.strip())
        elements = list(_ELEMENT.finditer(match["elements"])) if match else []
        if match is None or "".join(e[0] for e in elements).strip() != match["elements"].strip():
            return None  # said by the check of what was written: the constraint is missing
        keys: list[Node] = []
        for element in elements:
            plain = re.fullmatch(r"\w+", element["key"])
            key = Text(element["key"]) if plain else self._text(element["key"])
            keys.append(Call("", (key, Text(element["operator"]))))
        given: dict[str, object] = {**_named(exclusion.name)}
        given |= {"using": (match["using"] or "btree").lower()}  # what PostgreSQL takes; SQLAlchemy's is gist
        given |= {"where": self._text(match["where"])} if match["where"] else {}
        said = " ".join(match["deferrable"].lower().split())
        given |= _deferred("initially deferred" if said.endswith("deferred") else said.partition(" init")[0])
        local = self._imports.use("sqlalchemy.dialects.postgresql", "ExcludeConstraint")
        return call(local, *keys, **given)

    def _index(self, plan: ClassPlan, index: IndexSpec) -> Node:
        columns = {c.name for c in plan.spec.columns}
        keys: list[object] = [c if c in columns else self._text(c) for c in index.columns]
        given: dict[str, object] = {"unique": True} if index.unique is True else {}
        if index.method and str(index.method).lower() != "btree":
            given["postgresql_using"] = str(index.method).lower()
        if isinstance(index.where, str):
            given["postgresql_where"] = self._text(index.where)
        if index.include:
            given["postgresql_include"] = list(index.include)
        return call(self._use("Index"), self._index_name(plan, index), *keys, **given)

    @staticmethod
    def _index_name(plan: ClassPlan, index: IndexSpec) -> Node:
        """SQLAlchemy names an index by itself only where it knows its columns, so a name is always said."""
        if index.name:
            return Text(str(index.name))
        words = [w for c in index.columns for w in re.findall(r"\w+", _ORDER.split(c)[0])]
        return Text("_".join(["ix", plan.table, *words])[:63])


def _named(name: str | Unsaid) -> dict[str, object]:
    return {"name": str(name)} if name else {}


def _deferred(deferrable: str | Unsaid) -> dict[str, object]:
    if deferrable == "deferrable":
        return {"deferrable": True}
    return {"deferrable": True, "initially": "DEFERRED"} if deferrable == "initially deferred" else {}
