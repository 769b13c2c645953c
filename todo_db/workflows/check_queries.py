"""check-queries: what an application's code does past the owner of a row."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from todo_db.collecting import no_garbage_collection
from todo_db.errors import UsageError
from todo_db.findings import Finding, Place, Report, Rule, Unknown
from todo_db.queries.application import Application, Owner, read
from todo_db.queries.checks import CHECKS
from todo_db.queries.rule import WAIVER, Hit
from todo_db.queries.source import Source
from todo_db.sources.workspace import Workspace
from todo_db.workflows.sides import has_spec, report

_PASSED_OVER = frozenset({".venv", "venv", "node_modules", "__pycache__", ".git", "site-packages"})
SIDE = "code"


def check(ws: Workspace, paths: Sequence[Path]) -> Report:
    """Read the files, and the project's models, and hold them against the rules. Raises UsageError."""
    with no_garbage_collection():  # syntax trees are many small objects, needed to the end
        return _check(ws, paths)


def _check(ws: Workspace, paths: Sequence[Path]) -> Report:
    unknown: list[Unknown] = []
    files, tests = _files(paths)
    sources = list(_sources(ws, files, unknown))
    read_already = {s.path for s in sources}
    others = [p for p in _models(ws) if ws.settings.relative(p) not in read_already]
    models = list(_sources(ws, others, []))
    application = read([*sources, *models], _owners(ws))
    if not application.owners:
        unknown.append(
            Unknown(
                SIDE, "owners", "nobody said whose rows are whose", "say it in the spec: **Owner**: `user_id`"
            )
        )
    found: list[Finding] = []
    accepted = 0
    revisions = sum(source.is_revision for source in sources)
    for source in sources:
        if source.is_revision:
            continue
        kept, waived = _check_file(source, application)
        found += kept
        accepted += waived
    notes = [f"{accepted} accepted by waivers in the code"] if accepted else []
    if tests:
        notes.append(f"{tests} files of tests were passed over; name them to have them read")
    if revisions:
        notes.append(f"{revisions} Alembic revisions were left to `todo-db migrate lint`")
    if not application.scoped_factory:
        notes.append("UserSessions is not used here, so plain sessions were not reported")
    made = report(ws, "check-queries", found, unknown=unknown, notes=notes)
    return Report(
        made.command,
        made.findings,
        objects=len(sources),
        facts=made.facts,
        unknown=made.unknown,
        notes=made.notes,
        extra=made.extra,
    )


def _files(paths: Sequence[Path]) -> tuple[list[Path], int]:
    """The files to read, and how many of tests were left out: those look at everybody's rows on purpose."""
    found: list[Path] = []
    tests = 0
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*.py")) if not _PASSED_OVER & set(p.parts)]
            read_ = [p for p in inside if not _is_test(p.relative_to(path))]
            tests += len(inside) - len(read_)
            found += read_
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError("there is no such file or folder", where=str(path))
    return list(dict.fromkeys(found)), tests


def _is_test(path: Path) -> bool:
    named = path.name.startswith("test_") or path.name.endswith("_test.py") or path.name == "conftest.py"
    return named or bool({"tests", "test"} & set(path.parts[:-1]))


def _models(ws: Workspace) -> list[Path]:
    """The files of the modules that [tool.todo-db] names as models."""
    found: list[Path] = []
    for module in ws.settings.models:
        for base in (ws.settings.root, ws.settings.root / "src"):
            path = base.joinpath(*module.split("."))
            if path.is_dir():
                found += sorted(path.rglob("*.py"))
            elif path.with_suffix(".py").is_file():
                found.append(path.with_suffix(".py"))
    return found


def _sources(ws: Workspace, paths: Iterable[Path], unknown: list[Unknown]) -> Iterator[Source]:
    for path in paths:
        shown = ws.settings.relative(path)
        try:
            yield Source(shown, path.read_text(encoding="utf-8-sig"))
        except (SyntaxError, ValueError) as error:
            unknown.append(Unknown(SIDE, shown, f"cannot be read: {error}"))


def _owners(ws: Workspace) -> Mapping[str, Owner]:
    if not has_spec(ws):
        return {}
    from todo_db.ownership.declared import Ownerships

    declared = Ownerships.from_specification(ws.specification)
    found = {}
    for owned in declared.values():
        columns = {c for c in (owned.user, owned.organization) if c}
        if owned.scoped:
            name = owned.parts[1]
            found[name] = Owner(frozenset(columns), owned.through.table if owned.through else None)
    return found


def _check_file(source: Source, application: Application) -> tuple[list[Finding], int]:
    """Findings of a file that no waiver with a reason accepts, and how many were accepted."""
    kept: list[Finding] = []
    accepted = 0
    for check in CHECKS:
        for hit in check.find(source, application):
            if _is_waived(source, check.rule, hit.node):
                accepted += 1
            else:
                kept.append(_finding(source, check.rule, hit))
    for waiver in source.waivers:
        if not waiver.reason or not waiver.rules:
            place = Place(SIDE, source.path, waiver.line)
            message = "the waiver does not say " + ("why" if waiver.rules else "which rule it accepts")
            hint = "# todo-db: ignore[TD851] reason"
            kept.append(
                Finding(
                    *(WAIVER.code, WAIVER.name, WAIVER.severity, "comment", source.path, message),
                    places=(place,),
                    hint=hint,
                )
            )
    return kept, accepted


def _is_waived(source: Source, rule: Rule, node: ast.AST) -> bool:
    lines = source.lines_of(source.statement(node))
    names = {rule.code, rule.name}
    mine = {getattr(node, "lineno", 0), getattr(node, "lineno", 0) - 1}
    return any(w.reason and w.rules & names and (w.line in lines or w.line in mine) for w in source.waivers)


def _finding(source: Source, rule: Rule, hit: Hit) -> Finding:
    place = Place(SIDE, source.path, getattr(hit.node, "lineno", 1))
    return Finding(
        *(rule.code, rule.name, rule.severity, "query", f"{source.path}:{place.line}", hit.message),
        places=(place,),
        hint=hit.hint,
    )
