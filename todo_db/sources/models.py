"""The models' side: any SQLAlchemy metadata, built on scratch as `create_all` would, and read back."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError, UsageError
from todo_db.findings import Place, Unknown
from todo_db.masking import mask_all, secrets_of
from todo_db.schema import NAME, DbObject, FactKey, Key, Schema, display
from todo_db.sources import cache, coverage

if TYPE_CHECKING:
    from todo_db.sources.build import Outcome
    from todo_db.sources.imported.process import Import
    from todo_db.sources.workspace import Workspace

SIDE = "models"
Json = Mapping[str, Any]


def read(ws: Workspace) -> Schema:
    """What the models state.

    Raises UsageError where the settings name no models, they can't be imported or define no table, and
    UndeterminedError where importing them takes too long or scratch can't be had.
    """
    if not ws.settings.models:
        raise UsageError(
            "there are no models to read: [tool.todo-db] names none",
            where=str(ws.settings.file or ws.settings.root),
            hint='add models = "app.models" (a module, or module:attribute for another MetaData)',
        )
    key = _key(ws)
    kept = cache.recall(ws, SIDE, key)
    schema, references = kept[0] if kept else _build(ws, key)
    return _with_unknown_references(ws, schema, references)


def begin(ws: Workspace) -> bool:
    """Start importing the models in their own process, unless a kept result will do; tells whether it did."""
    if not ws.settings.models or SIDE in ws.begun or cache.recall(ws, SIDE, _key(ws)) is not None:
        return False
    ws.begun[SIDE] = _start(ws)
    return True


def _start(ws: Workspace) -> Import:
    from todo_db.sources.imported.process import Import

    return ws.enter(Import(ws.settings.root, ws.settings.models, ws.environ))


def _key(ws: Workspace) -> tuple[str, ...]:
    return (*ws.settings.models, "", cache.interpreter_key(ws.environ), cache.scratch_key(ws))


def _build(ws: Workspace, key: tuple[str, ...]) -> tuple[Schema, tuple[Json, ...]]:
    """Import, build, read; and keep what came of it."""
    process = ws.begun.pop(SIDE, None) or _start(ws)
    connection = ws.scratch.database(SIDE)  # the server starts while the models are imported
    answer, printed = process.result()
    secrets = secrets_of(ws.environ)
    if printed:
        sys.stderr.write(mask_all(printed, secrets))
    if error := answer.get("error"):
        where = _relative(ws, error["where"])
        raise UsageError(
            mask_all(error["what"], secrets), where=where or ", ".join(ws.settings.models), hint=error["hint"]
        )

    from todo_db.postgres import catalog
    from todo_db.sources import build

    facts = answer["facts"]
    outcome = build.build(connection, [_step(s) for s in facts["steps"]])
    found = catalog.read(connection, side=SIDE, kinds=_kinds(facts["steps"]))
    connection.close()
    result = (_Reading(ws, facts, answer["left_out"], outcome).schema(found), tuple(facts["stubs"]))
    if not answer["reasons"]:
        evidence = {probe: dict(subjects) for probe, subjects in answer["evidence"].items()}
        cache.keep(ws, SIDE, key, result, evidence)
    return result


def _kinds(steps: Iterable[Json]) -> tuple[type[DbObject], ...]:
    """What can come of the statements: DDL of the models' own, in event listeners, may make anything."""
    from todo_db.objects import KINDS

    usual = all(_USUAL.match(step["sql"]) for step in steps)
    return coverage.stated_kinds() if usual else KINDS


_USUAL = re.compile(
    r"CREATE (TABLE|(UNIQUE )?INDEX|SEQUENCE|SCHEMA|DOMAIN|TYPE \S+ AS ENUM)\b|ALTER TABLE|COMMENT ON"
)


def _step(step: Json) -> Any:
    from todo_db.sources.build import Step

    return Step(step["sql"], step["what"], tuple(map(_step, step["parts"])), step.get("column"))


def _relative(ws: Workspace, where: str | None) -> str | None:
    """`path:line` as findings show it."""
    if where is None:
        return None
    path, colon, line = where.rpartition(":")
    return f"{ws.settings.relative(path)}:{line}" if colon and line.isdigit() else ws.settings.relative(where)


def _with_unknown_references(ws: Workspace, schema: Schema, references: tuple[Json, ...]) -> Schema:
    """A table that the models reference and do not have must be one that the spec knows."""
    missing = [r for r in references if not _in_spec(ws, r)]
    unknown = tuple(
        Unknown(
            SIDE,
            r["by"],
            f"it references {display(r['name'])}, which neither the models nor the spec has",
            "import the module that defines it, or write it into the spec (managed by whoever makes it)",
        )
        for r in missing
    )
    return replace(schema, unknown=schema.unknown + unknown) if unknown else schema


def _in_spec(ws: Workspace, reference: Json) -> bool:
    try:
        tables = ws.specification.tables
    except TodoDbError:
        return False  # whoever asked for the spec is told; here it only can't help
    names = {reference["name"], f"{reference['schema']}.{reference['name']}"}
    return any(table.name in names for table in tables)


class _Reading:
    """What the catalog has of the models, with what only the models' source tells."""

    def __init__(self, ws: Workspace, facts: Json, left_out: list[Any], outcome: Outcome) -> None:
        self._ws = ws
        self._outcome = outcome
        self._left_out = left_out
        self._tables = {_table_key(t): t for t in facts["tables"]}
        self._stubs = {_table_key(t) for t in facts["stubs"]}
        self._enums = facts["enums"]
        self.places: dict[FactKey, Place] = {}
        self.accepts: dict[FactKey, frozenset[str] | None] = {}
        self.notes: dict[FactKey, str] = {}

    def schema(self, found: Schema) -> Schema:
        """The models' side."""
        external = frozenset(k for k, t in self._tables.items() if t["external"])
        objects = {k: o for k, o in found.objects.items() if self._is_stated(o, external)}
        unknown = tuple(self._unknown())
        members: dict[Key, list[DbObject]] = {}
        for obj in objects.values():
            if obj.parent is not None and obj.kind != "column":
                members.setdefault(obj.parent, []).append(obj)
        for table_key, table in self._tables.items():
            self._describe_table(table_key, table, members.get(table_key, []))
        for enum in self._enums:
            self._place((Key("enum", display(enum["schema"], enum["name"])), ""), enum["place"])
        for obj in objects.values():
            self.accepts |= dict.fromkeys(coverage.unstated_by_models(obj), None)
            if obj.parent in external:
                self.accepts |= dict.fromkeys(((obj.key, f) for f in ("nullable", "default", NAME)), None)
        for path, classes in self._left_out:
            said = f"{', '.join(classes)} in {self._ws.settings.relative(path)} is not imported by the models"
            self.notes[Key("module", self._ws.settings.relative(path)), ""] = said
        schemas = frozenset({"public", *(t["schema"] for t in self._tables.values())})
        # a sequence could be stated: without it the tables cannot be made, which is a difference
        assumed = frozenset(k for k in self._outcome.stand_ins if k.kind != "sequence")
        return replace(
            found,
            objects=objects,
            places=self.places,
            accepts={k: v for k, v in self.accepts.items() if k[0] in objects},
            covers=coverage.ModelCoverage(schemas, assumed),
            external=external,
            unknown=found.unknown + unknown,
            notes=self.notes,
        )

    def _is_stated(self, obj: DbObject, external: frozenset[Key]) -> bool:
        """Whether the models state it, and it is not there for the sake of building alone."""
        if obj.key in self._stubs or obj.parent in self._stubs or obj.key in self._outcome.stand_ins:
            return False
        if obj.kind in coverage.OF_THE_SERVER or obj.key == Key("schema", "public"):
            return False
        owner = getattr(obj, "owned_by", None)
        return owner is None or not any(str(owner).startswith(table.name + ".") for table in external)

    def _describe_table(self, key: Key, table: Json, members: Iterable[DbObject]) -> None:
        self._place((key, ""), table["place"])
        for column in table["columns"]:
            column_key = Key("column", display(table["schema"], table["name"], column["name"]))
            self._place((column_key, ""), column["place"])
            if column["default"]:
                self.notes[column_key, "default"] = f"Python sets it: {column['default']}"
            if column["onupdate"]:
                self.notes[column_key, "onupdate"] = f"Python sets it: {column['onupdate']}"
        named = {(m["kind"], m["name"]): m for m in table["members"] if m["name"]}
        unnamed = [m for m in table["members"] if not m["name"]]
        for obj in members:
            said = named.get((obj.kind, obj.parts[-1]))
            if said is None and (said := _match(obj, unnamed)) is not None:
                self.accepts[obj.key, NAME] = None
            self._place((obj.key, ""), said["place"] if said else table["place"])

    def _place(self, key: FactKey, line: Any) -> None:
        if line is not None:
            self.places[key] = Place(SIDE, self._ws.settings.relative(line[0]), line[1])

    def _unknown(self) -> Iterator[Unknown]:
        for failure in self._outcome.failures:
            if isinstance(failure.step.ref, list):
                *names, fact = failure.step.ref
                self.accepts[Key("column", display(*names)), fact] = None
            yield Unknown(SIDE, failure.step.what, f"it cannot be built: {failure.reason}", failure.hint)


def _table_key(table: Json) -> Key:
    return Key("table", display(table["schema"], table["name"]))


def _match(obj: DbObject, unnamed: list[Json]) -> Json | None:
    """Which of the constraints without a name PostgreSQL named so: by columns, a CHECK by its words."""
    candidates = [m for m in unnamed if m["kind"] == obj.kind]
    if obj.kind == "check":
        text = str(getattr(obj, "expression", ""))
        return max(candidates, key=lambda m: _likeness(text, m.get("text", "")), default=None)
    columns = set(getattr(obj, "columns", ()))
    quoted = [
        m for m in candidates if {display(c) for c in m["columns"]} == columns or set(m["columns"]) == columns
    ]
    if obj.kind == "foreign key":
        target = [getattr(obj, "target_schema", ""), getattr(obj, "target_table", "")]
        quoted = [m for m in quoted if m.get("target") == target]
    return quoted[0] if quoted else (candidates[0] if obj.kind == "exclusion" and candidates else None)


def _likeness(one: str, other: str) -> float:
    words: list[list[str]] = [re.findall(r"\w+", text.lower()) for text in (one, other)]
    return difflib.SequenceMatcher(None, words[0], words[1]).ratio()
