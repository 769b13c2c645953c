"""Every hazard has a bad and a good revision: the bad one is found where it says, its twin is not.

A case has SQL that sets the scene and two bodies of upgrade(); `T` stands for a name of the case's own. All
cases are one history, so that a single run measures them. Remarks at the top say where other linters differ.

Statements are the other way round: everything that is found on each, line by line, and what others say of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.histories import OUR_ENV, revision
from todo_db.findings import Finding
from todo_db.postgres.scratch import Scratch
from todo_db.rules import hazard_checks
from todo_db.settings import load
from todo_db.sources.workspace import Workspace
from todo_db.workflows.migrate_lint import lint

CASES = Path(__file__).parents[1] / "cases" / "hazards"
STATEMENTS = {
    name: text
    for path in sorted((CASES.parent / "statements").glob("*.txt"))
    for name, text in re.findall(r"^== (\w+)\n(.+?)(?=\n== |\Z)", path.read_text(), re.MULTILINE | re.DOTALL)
}
TABLE = (
    "CREATE TABLE T (id bigint PRIMARY KEY, a integer, b text NOT NULL, c varchar(20), d integer NOT NULL, "
    "ts timestamp, tz timestamptz, j jsonb)"
)
CODES = re.compile(r"  # (TD\d+(?: TD\d+)*)$", re.MULTILINE)
QUIET = {"TD577", "TD578"}  # SQL without a comment and no downgrade: of every one
FILES = {path.stem: path for path in sorted(CASES.glob("*.txt"))}
MARK = re.compile(r"[ \t]*(?:#|--) finds$", re.MULTILINE)

# These stop a history, or need a live database: tests of their own in this folder.
ELSEWHERE = {"concurrently-in-transaction", "enum-value-used", "fails-with-rows", "index-corruption"}
ELSEWHERE |= {"table-too-big", "non-linear-history", "irreversible", "live-model-import"}


@dataclass(frozen=True)
class Case:
    """One of the two revisions of a case: its text, and the lines on which its rule is to be found."""

    id: str
    setup: str
    text: str
    lines: tuple[int, ...] = ()


def read(name: str) -> Iterator[Case]:
    parts = re.split(r"^== (\w+)\n", FILES[name].read_text(), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    for kind in ("bad", "good"):
        slug = f"{name.replace('-', '_')}_{kind[0]}"
        setup, body = (re.sub(r"\bT(?=\b|_)", slug, sections[s]) for s in ("setup", kind))
        marked = revision(slug, "PARENT", body)
        lines = tuple(n for n, line in enumerate(marked.splitlines(), 1) if MARK.search(line))
        yield Case(slug, setup, MARK.sub("", marked), lines)


def statement(name: str) -> tuple[Case, dict[int, set[str]]]:
    """A statement as a revision, and the codes that are to be found on its lines."""
    others, *lines = STATEMENTS[name].splitlines()
    assert others.startswith("others: ")
    setup = TABLE
    if lines[0].startswith("setup: "):
        setup = lines.pop(0).removeprefix("setup: ").replace("TABLE;", TABLE + ";", 1)
    slug = f"s_{name}"
    setup, body = (re.sub(r"\bT(?=\b|_)", slug, text) for text in (setup, "\n".join(lines)))
    text = revision(slug, "PARENT", body)
    codes = {n: set(m[1].split()) for n, line in enumerate(text.splitlines(), 1) if (m := CODES.search(line))}
    return Case(slug, setup, CODES.sub("", text)), codes


def linted(server: Scratch, root: Path, cases: list[Case]) -> dict[str, list[Finding]]:
    """The findings on each revision, by the revision's id."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.todo-db]\n")
    (root / "migrations" / "env.py").write_text(OUR_ENV)
    scene = "\n".join(f"op.execute({case.setup!r})" for case in cases)
    (versions / "scene.py").write_text(revision("scene", None, scene))
    parent = "scene"
    for case in cases:
        (versions / f"{case.id}.py").write_text(case.text.replace("'PARENT'", repr(parent)))
        parent = case.id
    environ = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
    with Workspace(load(root), environ=environ) as ws:
        ws.__dict__["scratch"] = server
        report = lint(ws, "scene:head", live=False).report
    assert not report.unknown, [f.message for f in report.findings if f.code == "TD508"]
    found: dict[str, list[Finding]] = {case.id: [] for case in cases}
    for finding in report.findings:
        found.setdefault(Path(finding.places[0].path).stem, []).append(finding)
    return found


@pytest.fixture(scope="module")
def found(server: Scratch, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """The findings on the revisions of the cases."""
    return linted(server, tmp_path_factory.mktemp("cases"), [case for name in FILES for case in read(name)])


@pytest.fixture(scope="module")
def on_statements(server: Scratch, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """The findings on the statements. A history of their own: what is there costs time at each revision."""
    return linted(server, tmp_path_factory.mktemp("statements"), [statement(name)[0] for name in STATEMENTS])


@pytest.mark.parametrize("name", FILES)
def test_case(name: str, found: dict[str, list[Finding]]) -> None:
    bad, good = read(name)
    lines = [f.places[0].line for f in found[bad.id] if f.rule == name]
    assert sorted(set(lines)) == list(bad.lines), [str(f.message) for f in found[bad.id]]
    assert [f.message for f in found[good.id] if f.rule == name] == []
    assert "TD508" not in {f.code for f in (*found[bad.id], *found[good.id])}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement(name: str, on_statements: dict[str, list[Finding]]) -> None:
    """All that is found on it, and nothing else."""
    case, codes = statement(name)
    told: dict[int, set[str]] = {}
    for finding in on_statements[case.id]:
        if finding.code not in QUIET:
            told.setdefault(finding.places[0].line, set()).add(finding.code)
    assert told == codes


def test_every_rule_has_a_case() -> None:
    rules = {check.rule.name for check in hazard_checks()}
    assert set(FILES) | ELSEWHERE == rules
    assert not set(FILES) & ELSEWHERE


def test_hints_are_code(found: dict[str, list[Finding]]) -> None:
    """What is said to be pasted is Python."""
    pasted = [f.hint for fs in found.values() for f in fs if f.hint and "op." in f.hint and ":\n" in f.hint]
    assert len(pasted) > 10
    for hint in pasted:
        compile(hint.partition(":\n")[2], "hint", "exec")
