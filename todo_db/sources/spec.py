"""The spec's side: what a specification states, built on scratch and read back, with what it leaves open."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from todo_db.findings import Finding, Place, Unknown
from todo_db.schema import DbObject, FactKey, Key, Schema, display, fact_fields
from todo_db.sources import cache, coverage, evidence

if TYPE_CHECKING:
    from todo_db.sources.build import Outcome
    from todo_db.sources.drafting.draft import About, Draft
    from todo_db.sources.workspace import Workspace
    from todo_db.spec.document import Specification, TableSpec

SIDE = "spec"
_SUFFIXES = (".md", ".markdown", ".yaml", ".yml", ".sql")


class Built(NamedTuple):
    """What became of a specification on scratch."""

    schema: Schema
    findings: tuple[Finding, ...]


def read(ws: Workspace) -> Schema:
    """The project's spec; what of it PostgreSQL refuses is put into `ws.spec_findings`.

    Raises UsageError where there is no spec, and UndeterminedError where scratch can't be had.
    """
    built = _built(ws, ws.specification, SIDE)
    ws.spec_findings[:] = built.findings
    return built.schema


def read_document(ws: Workspace) -> Specification:
    """The project's spec as a document, with its own findings; one of them where there is no spec at all."""
    paths = paths_of(ws)
    if not paths:
        from todo_db.spec.document import Specification
        from todo_db.spec.read import missing

        return Specification(findings=(missing(),))
    return _document(ws, paths, ws.answer_paths)


def read_paths(ws: Workspace, paths: tuple[Path, ...], *, side: str) -> Schema:
    """The spec in these files and folders, as a side of its own; what PostgreSQL refuses of it is unknown."""
    built = _built(ws, _document(ws, paths), side)
    refused = tuple(Unknown(side, f.object, f.message, f.hint) for f in built.findings)
    return replace(built.schema, unknown=built.schema.unknown + refused)


def paths_of(ws: Workspace) -> tuple[Path, ...]:
    """The files and folders of the project's spec: those that are named, else those at the usual places."""
    if ws.spec_paths:
        return tuple(ws.spec_paths)
    from todo_db.spec.locate import discover

    return tuple(discover(ws.settings.root))


# ---- the document --------------------------------------------------------------------------------------


def _document(ws: Workspace, paths: tuple[Path, ...], answers: tuple[Path, ...] = ()) -> Specification:
    def make() -> tuple[Specification, evidence.Evidence | None]:
        before = _evidence(ws, (*paths, *answers))
        from todo_db.spec.read import read_specification

        found = read_specification(paths, root=ws.settings.root, answers=answers)
        # taken before and after: what was edited while it was read is not kept
        return found, {**before, **cache.installed_now()} if before == _evidence(
            ws, (*paths, *answers)
        ) else None

    named = tuple(str(p) for p in paths)
    return cache.remember(ws, "document", (*named, "answered by", *map(str, answers)), make)


def _evidence(ws: Workspace, paths: Iterable[Path]) -> evidence.Evidence:
    """The content of every file that may be read, and the names in every folder."""
    files: list[str] = []
    folders: list[str] = []
    for path in paths:
        absolute = ws.settings.root / path
        if absolute.is_dir():
            for folder, _, names in os.walk(absolute):
                folders.append(folder)
                files += [f"{folder}/{n}" for n in names if n.lower().endswith(_SUFFIXES)]
        else:
            files.append(str(absolute))
    return {"content": evidence.take("content", files, {}), "entries": evidence.take("entries", folders, {})}


# ---- the schema ----------------------------------------------------------------------------------------


def _built(ws: Workspace, document: Specification, side: str) -> Built:
    """What is built depends on nothing but the document and the server."""
    from todo_db.sources import codec

    text = json.dumps(codec.encode(document))
    key = (side, text, cache.scratch_key(ws), str(ws.settings.row_level_security), str(ws.settings.app_role))

    def make() -> tuple[tuple[Schema, tuple[Finding, ...]], evidence.Evidence]:
        built = _build(ws, document, side)
        return (built.schema, built.findings), {}

    return Built(*cache.remember(ws, "spec", key, make))


def _build(ws: Workspace, document: Specification, side: str) -> Built:
    from todo_db.sources.drafting.security import troubles
    from todo_db.sources.drafting.typing import choices
    from todo_db.sources.drafting.whole import Security
    from todo_db.sources.drafting.whole import draft as drafted

    security = Security(ws.settings.app_role) if ws.settings.row_level_security else None
    draft = drafted(document, security=security)
    found, outcome = _on_scratch(ws, document, draft, side)
    variants: dict[FactKey, set[object]] = {}
    for choice in range(1, choices(document) if draft.variable else 1):
        other, _ = _on_scratch(ws, document, drafted(document, choice, security), side)
        for key, obj in other.objects.items():
            for fact in (f.name for f in fact_fields(type(obj)) if f.metadata["deparsed"]):
                variants.setdefault((key, fact), set()).add(getattr(obj, fact))
    built = _Reading(document, draft, outcome, variants, side).built(found)
    return built._replace(findings=(*built.findings, *troubles(document, side))) if security else built


def _on_scratch(ws: Workspace, document: Specification, draft: Draft, side: str) -> tuple[Schema, Outcome]:
    from todo_db.postgres import catalog
    from todo_db.sources import build
    from todo_db.sources.drafting.naming import quoted

    kinds = coverage.stated_kinds(security=any(k.kind in coverage.SECURITY_KINDS for k in draft.elements))
    if any(k.kind == "grant" for k in draft.elements) and ws.settings.app_role is not None:
        ws.scratch.ensure_roles([ws.settings.app_role])
    extensions = [build.Step(f"CREATE EXTENSION IF NOT EXISTS {quoted(n)}", n) for n in document.extensions]
    connection = ws.scratch.database(SIDE)
    try:
        outcome = build.build(connection, [*extensions, *draft.steps])
        return catalog.read(connection, side=side, kinds=kinds), outcome
    finally:
        connection.close()  # the database goes with the server; dropping it would cost more than making it


class _Reading:
    """What the catalog has of the spec, with what the spec leaves open.

    variants: the spellings that stored texts have when another type is taken where the spec names a family:
    `status: string, default 'new'` is stored as `'new'::text` or as `'new'::character varying`.
    """

    def __init__(
        self,
        document: Specification,
        draft: Draft,
        outcome: Outcome,
        variants: Mapping[FactKey, set[object]],
        side: str,
    ) -> None:
        self._document = document
        self._draft = draft
        self._outcome = outcome
        self._variants = variants
        self._side = side
        self._asked = {(f.object, f.rule) for f in document.findings}
        self.accepts: dict[FactKey, frozenset[str] | None] = {}

    def built(self, found: Schema) -> Built:
        """The spec's side, and the findings of what was refused."""
        findings, unknown = self._failures()
        findings += self._unknown_types(found)
        objects = {k: o for k, o in found.objects.items() if self._is_stated(o)}
        for obj in objects.values():
            self._leave_open(obj)
        schema = replace(
            found,
            objects=objects,
            places=dict(self._places()),
            accepts=self.accepts,
            covers=self._coverage(),
            external=frozenset(_table_key(t) for t in self._document.tables if t.managed_by),
            unknown=found.unknown + tuple(unknown),
            numbered=frozenset(self._draft.numbered & objects.keys()),
        )
        return Built(schema, tuple(findings))

    def _is_stated(self, obj: DbObject) -> bool:
        if obj.kind == "extension":
            return obj.parts[-1] in self._document.extensions
        return obj.key in self._draft.elements

    def _leave_open(self, obj: DbObject) -> None:
        element = self._draft.elements.get(obj.key)
        said = element.said if element else frozenset()
        for fact in fact_fields(type(obj)):
            if fact.name not in said:
                self.accepts[obj.key, fact.name] = None
            elif (
                len(texts := self._variants.get((obj.key, fact.name), set()) | {getattr(obj, fact.name)}) > 1
            ):
                self.accepts[obj.key, fact.name] = frozenset(texts)  # type: ignore[arg-type]
        if element is not None:
            if element.family is not None:
                self.accepts[obj.key, "type"] = element.family
            self.accepts |= {(obj.key, flag): None for flag in element.flags}

    def _places(self) -> Iterator[tuple[FactKey, Place]]:
        for key, element in self._draft.elements.items():
            named = [*element.places, *([("", element.place)] if element.place else [])]
            for fact, place in named:
                yield (key, fact), Place(self._side, place.path, place.line)

    def _coverage(self) -> coverage.SpecCoverage:
        from todo_db.sources.drafting.naming import split_name

        own = [t for t in self._document.tables if not t.managed_by]
        return coverage.SpecCoverage(
            # a document that states no table has a finding of its own, and says nothing about any other
            schemas=frozenset(split_name(t.name)[0] for t in own),
            columns=frozenset(_table_key(t) for t in own if t.columns),
            indexes=frozenset(_table_key(t) for t in own if t.lists_indexes),
            constraints=frozenset(_table_key(t) for t in own if t.lists_constraints),
        )

    # ---- what PostgreSQL refused ----

    def _failures(self) -> tuple[list[Finding], list[Unknown]]:
        from todo_db.sources.drafting import rules
        from todo_db.sources.drafting.draft import About

        findings, unknown = [], []
        for failure in self._outcome.failures:
            about = failure.step.ref
            if isinstance(about, About) and about.fact == "type":
                self.accepts[about.element.key, "type"] = None
            if failure.hint is not None or not isinstance(about, About):
                unknown.append(Unknown(self._side, failure.step.what, failure.reason, failure.hint))
            elif not self._is_asked(about):
                findings.append(rules.finding(failure, about, self._side))
        return findings, unknown

    def _is_asked(self, about: About) -> bool:
        """Whether the document's own findings name the same trouble already."""
        if about.fact == "type":
            return (about.element.subject, "spec-type-unknown") in self._asked
        return False

    def _unknown_types(self, found: Schema) -> list[Finding]:
        """Columns whose type is nothing but a name: it is compared by its name, and pointed out."""
        from todo_db.sources.drafting import rules

        names = {k.name for k in self._outcome.stand_ins if k.kind == "domain"}
        return [
            rules.unknown_type(self._draft.elements[o.key], str(getattr(o, "type", "")), self._side)
            for o in found.of("column")
            if getattr(o, "type", "") in names
            and o.key in self._draft.elements
            and (self._draft.elements[o.key].subject, "spec-type-unknown") not in self._asked
        ]


def _table_key(table: TableSpec) -> Key:
    from todo_db.sources.drafting.naming import split_name

    return Key("table", display(*split_name(table.name)))
