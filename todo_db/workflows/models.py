"""models: the spec as SQLModel code, held to the spec before a file is written."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from todo_db.errors import Exit, UsageError
from todo_db.files import write_whole
from todo_db.findings import Finding, Place, Report, Rule, Severity
from todo_db.modelcode import marks
from todo_db.modelcode.package import Layout, generate
from todo_db.modelcode.rules import BY_HAND, OUT_OF_DATE
from todo_db.report import Document
from todo_db.sources.workspace import Workspace
from todo_db.workflows.sides import hold, report

if TYPE_CHECKING:
    from todo_db.schema import Schema

COMMAND = "models"
_PROVED = "todo_db_written_models"
_CLEAR = (
    "answer questions and contradictions in the spec or with --answers, or accept what the spec is taken to "
    "say with [[tool.todo-db.ignore]]"
)
State = Literal["missing", "fresh", "stale", "by hand"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the models go: a folder for one module each, or one file."""

    path: Path
    layout: Layout

    def file(self, name: PurePosixPath) -> Path:
        return self.path if self.layout == "file" else self.path / name


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is to be: its text, what stands there now, and how the two agree."""

    path: Path
    text: str
    present: str | None

    @property
    def state(self) -> State:
        if self.present is None:
            return "missing"
        if marks.same(self.present, self.text):
            return "fresh"
        return "stale" if marks.is_ours(self.present) else "by hand"


def target(ws: Workspace, output: Path | None, layout: Layout | None) -> Target:
    """Where the models go: `output`, or where the settings' module is or would be.

    Raises UsageError where neither tells.
    """
    if output is not None:
        chosen = layout or ("file" if output.suffix == ".py" else "package")
        return Target(output, chosen)
    if not ws.settings.models:
        raise UsageError(
            "where do the models go? [tool.todo-db] names none",
            where=str(ws.settings.file or ws.settings.root),
            hint='add models = "app.models", or say --output app/models (a folder) or models.py',
        )
    module = PurePosixPath(*ws.settings.models[0].partition(":")[0].split("."))
    root = ws.settings.root
    bases = [root, root / "src"]
    for base in bases:
        if (file := base / module.with_suffix(".py")).is_file():
            return Target(file, "file") if layout != "package" else Target(base / module, "package")
    base = next((b for b in bases if (b / module.parts[0]).is_dir()), root)
    if layout == "file":
        return Target(base / module.with_suffix(".py"), "file")
    return Target(base / module, "package")


def write(
    ws: Workspace,
    where: Target,
    *,
    mode: Literal["write", "check", "diff", "print"] = "write",
    schemas: bool = False,
) -> Report | Document:
    """Write what is missing or out of date; what a person has changed is shown as a patch and left alone.

    A spec with open questions or contradictions gives these, and nothing is written. Raises UsageError.
    """
    spec = ws.side("spec")
    document = ws.specification
    asked = report(ws, COMMAND, [*document.findings, *ws.spec_findings], unknown=spec.unknown)
    if blocking := [f for f in asked.findings if f.question or f.severity is Severity.ERROR]:
        note = f"nothing was written: {len(blocking)} thing(s) must be clear first; {_CLEAR}"
        return replace(asked, findings=tuple(blocking), notes=(*asked.notes, note))
    from todo_db.revisions.style import line_width

    texts = generate(document, spec, layout=where.layout, width=line_width(ws.settings.root), schemas=schemas)
    refused = _prove(ws, spec, texts, where)
    if refused is not None:
        return refused
    files = [_written(where.file(name), text) for name, text in texts.items()]
    left = _left_over(where, files)
    if mode == "check":
        return report(ws, COMMAND, list(_findings(ws, files, left)))
    if mode == "print":
        return Document("".join(f.text for f in files))
    return _apply(ws, files, left, dry=mode == "diff")


def _written(path: Path, text: str) -> Written:
    try:
        present: str | None = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        present = None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the model's file: {error}", where=str(path)) from error
    return Written(path, text, present)


def _left_over(where: Target, files: list[Written]) -> list[Path]:
    """Modules that were written once, for tables that the spec no longer has."""
    if where.layout == "file" or not where.path.is_dir():
        return []
    wanted = {f.path for f in files}
    others = sorted(p for p in where.path.glob("*.py") if p not in wanted)
    return [p for p in others if marks.has_mark(p.read_text(encoding="utf-8", errors="replace"))]


# ---- the proof ------------------------------------------------------------------------------------------


def _prove(ws: Workspace, spec: Schema, texts: Mapping[PurePosixPath, str], where: Target) -> Report | None:
    """Import what would be written, build it, and hold it against the spec: a report where they differ."""
    from todo_db.rules import check_models
    from todo_db.workflows.judge import judge

    with TemporaryDirectory(prefix="todo-db-") as folder:
        root = Path(folder).resolve()
        for name, text in texts.items():
            path = root / f"{_PROVED}.py" if where.layout == "file" else root / _PROVED / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        settings = replace(ws.settings, root=root, models=(_PROVED,), ignore=())
        with Workspace(settings, environ=ws.environ, say=ws.say, scratch=ws.scratch) as proving:
            proving.specification = ws.specification
            models = proving.side("models")
            comparison, unknown = hold(proving, [spec, models])
            broken = [f for f in check_models(settings) if f.severity is Severity.ERROR]
            found = [*judge(comparison), *broken]
    if not found and not unknown:
        return None
    note = "nothing was written: models cannot say this part of the spec, or this is a bug of todo-db"
    return report(ws, COMMAND, [_named(f) for f in found], unknown=unknown, notes=[note])


def _named(finding: Finding) -> Finding:
    """The finding with the places of what was not written left out: they are gone."""
    kept = tuple(p for p in finding.places if p.side != "models")
    return replace(finding, places=kept)


# ---- what comes of it -----------------------------------------------------------------------------------


def _findings(ws: Workspace, files: list[Written], left: list[Path]) -> Iterator[Finding]:
    for file in files:
        shown = ws.settings.relative(file.path)
        place = Place("models", shown, 1)
        if file.state == "missing":
            yield _finding(OUT_OF_DATE, shown, f"{shown} is not there", place=None)
        elif file.state == "stale":
            yield _finding(OUT_OF_DATE, shown, f"{shown} is not what the spec says any more", place=place)
        elif file.state == "by hand":
            yield _finding(BY_HAND, shown, f"{shown} was changed by hand", place=place)
    for path in left:
        shown = ws.settings.relative(path)
        yield _finding(
            OUT_OF_DATE,
            shown,
            f"{shown} is of a table that the spec no longer has",
            place=Place("models", shown, 1),
            hint="delete it, or state the table in the spec",
        )


_SHOW = "`todo-db models --diff` shows what the spec makes of it"
_HINTS = {OUT_OF_DATE: f"{_SHOW}, `todo-db models` writes it", BY_HAND: f"{_SHOW}; it is left alone"}


def _finding(rule: Rule, shown: str, message: str, *, place: Place | None, hint: str = "") -> Finding:
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        "module",
        shown,
        message,
        places=(place,) if place else (),
        hint=hint or _HINTS[rule],
    )


def _apply(ws: Workspace, files: list[Written], left: list[Path], *, dry: bool) -> Document:
    notes: list[str] = []
    patches: list[str] = []
    for file in files:
        shown = ws.settings.relative(file.path)
        if file.state == "by hand" or (dry and file.state != "fresh"):
            patches.append(_patch(file, shown))
        if dry or file.state == "fresh":
            continue
        if file.state == "by hand":
            notes.append(f"{shown} was changed by hand and is left alone; the patch shows what the spec says")
            continue
        _replace(file)
        notes.append(f"{'wrote' if file.state == 'missing' else 'rewrote'} {shown}")
    notes += [f"{ws.settings.relative(p)} is of a table that the spec no longer has: delete it" for p in left]
    if not notes and not patches:
        notes.append("the models are what the spec says: nothing to write")
    return Document("".join(patches), Exit.FINDINGS if patches or left else Exit.CLEAN, tuple(notes))


def _patch(file: Written, shown: str) -> str:
    before = (file.present or "").splitlines(keepends=True)
    after = file.text.splitlines(keepends=True)
    from_file = "/dev/null" if file.present is None else f"a/{shown}"
    return "".join(difflib.unified_diff(before, after, from_file, f"b/{shown}"))


def _replace(file: Written) -> None:
    """Put the file in its place in one step."""
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file.path, file.text)
    except OSError as error:
        raise UsageError(f"cannot write the models: {error.strerror}", where=str(file.path)) from error
