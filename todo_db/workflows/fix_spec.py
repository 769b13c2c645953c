"""check-spec --fix: each file of the spec in its tidy form, if that is proven to state what it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from todo_db.findings import Finding
from todo_db.report import Document
from todo_db.sources.workspace import Workspace
from todo_db.spec.fix.markdown import Fixed, fix_markdown
from todo_db.spec.fix.proof import differences
from todo_db.spec.fix.yaml import fix_yaml
from todo_db.spec.read import files_in, read_texts


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file. told: what was done to it, and what not, for people."""

    path: Path
    name: str
    old: str
    new: str
    told: tuple[str, ...]


def fixes(ws: Workspace) -> list[Change]:
    """What the files of the spec become; those with nothing to do are left out unless there is a word to say.

    Raises UsageError where a named file does not exist.
    """
    from todo_db.sources.spec import paths_of

    paths = files_in(paths_of(ws), ws.settings.root)
    texts = {p: t for p in paths if (t := _text(p)) is not None}
    asked = _questions(ws)
    changes = [_fixed(p, ws.settings.relative(p), t, asked) for p, t in texts.items()]
    return [c for c in _together(changes) if c.new != c.old or c.told]


def as_diff(changes: list[Change]) -> Document:
    """What would be written, as one diff; 1 where anything would be."""
    from todo_db.errors import Exit

    pieces = [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for c in changes
        for line in unified_diff(
            c.old.splitlines(keepends=True), c.new.splitlines(keepends=True), f"a/{c.name}", f"b/{c.name}"
        )
    ]
    notes = tuple(word for c in changes for word in c.told)
    return Document("".join(pieces), Exit.FINDINGS if pieces else Exit.CLEAN, notes)


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None  # check-spec says so


def _questions(ws: Workspace) -> list[Finding]:
    """What is open and not waived, of the reader and of the house rules."""
    from todo_db.rules import check_specification
    from todo_db.workflows.judge import waive

    document = ws.specification
    found = [*document.findings, *check_specification(document, ws.settings)]
    kept, _ = waive([f for f in found if f.question], ws.settings)
    return list(kept)


def _fixed(path: Path, name: str, text: str, asked: list[Finding]) -> Change:
    mine = [f for f in asked if any(p.path == name for p in f.places)]
    if path.suffix.lower() in (".yaml", ".yml"):
        return Change(path, name, text, fix_yaml(text, name, mine), ())
    if path.suffix.lower() == ".sql":
        return Change(path, name, text, text, (f"{name}: SQL is left as it is",))
    fixed = fix_markdown(text, name, mine)
    return Change(path, name, text, fixed.text, tuple(_told(name, fixed)))


def _told(name: str, fixed: Fixed) -> list[str]:
    told = []
    if fixed.tidied:
        told.append(f"{name}: in the tidy form: {', '.join(fixed.tidied)}")
    if fixed.tidied and fixed.kept:
        lines = ", ".join(str(s.first) for s in fixed.kept)
        told.append(
            f"{name}: kept, since they say more or otherwise than the tables: what stood in lines {lines}"
        )
    return told + [
        f"{name}: {what} left as it is: {why}" for what, why in fixed.refused.items() if what != name
    ]


def _together(changes: list[Change]) -> list[Change]:
    """The changes without those after which the files together would state something else."""
    old = read_texts({c.name: c.old for c in changes})
    if len(changes) < 2 or not _lost(old, {c.name: c.new for c in changes}):
        return changes
    kept: list[Change] = []
    texts = {c.name: c.old for c in changes}
    for change in changes:
        if lost := _lost(old, {**texts, change.name: change.new}):
            word = f"{change.name}: left as it is: {lost[0]}"
            kept.append(Change(change.path, change.name, change.old, change.old, (word,)))
        else:
            texts[change.name] = change.new
            kept.append(change)
    return kept


def _lost(old: object, texts: Mapping[str, str]) -> list[str]:
    from todo_db.spec.document import Specification

    return differences(old, read_texts(texts)) if isinstance(old, Specification) else []
